import type { Request, Response } from 'express';

/**
 * Tells where a list goes on (RFC 8288): the same address with the members of `next` in its query. Without `next` the
 * page is the last one and there is no link.
 */
export function linkNext(
  request: Request,
  response: Response,
  next: Readonly<Record<string, string | number>> | undefined,
): void {
  if (next === undefined) return;
  const { pathname, searchParams: parameters } = new URL(request.originalUrl, 'http://gateway');
  for (const [name, value] of Object.entries(next)) parameters.set(name, String(value));
  // A relative address: which host and scheme the caller sees is known to the caller alone.
  response.appendHeader('link', `<${pathname}?${parameters}>; rel="next"`);
}
