import { hash } from 'node:crypto';

/** A weak tag of what a text says: the same text in another content coding has the same one. */
export function weakTag(text: string): string {
  return `W/"${hash('sha256', text, 'base64url').slice(0, 22)}"`;
}

/** Whether an If-None-Match names the tag, by the weak comparison of RFC 9110, 8.8.3.2. */
export function listsTag(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map(opaquePart) ?? [];
  return tags.includes('*') || tags.includes(opaquePart(etag));
}

function opaquePart(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
