import type { Deprecation } from '@sillage/contracts';
import type { RequestHandler } from 'express';

/** Tells since when a route is deprecated (RFC 9745), when it ends (RFC 8594) and what takes its place (RFC 5829). */
export function deprecation({ since, sunset, successor }: Deprecation): RequestHandler {
  const headers: (readonly [string, string])[] = [
    ['deprecation', `@${Date.parse(since) / 1000}`],
    ...(sunset ? [['sunset', new Date(sunset).toUTCString()] as const] : []),
  ];
  const links = [
    ...(successor ? [`<${successor}>; rel="successor-version"`] : []),
    '</docs>; rel="deprecation"; type="text/html"',
  ];
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    response.appendHeader('link', links);
    next();
  };
}
