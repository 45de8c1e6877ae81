import type { ServerResponse } from 'node:http';
import { compress, compressedFromBytes } from './compress.ts';
import { listsTag, weakTag } from './entity-tag.ts';

const jsonType = 'application/json; charset=utf-8';

/**
 * Answers with JSON that is already text. What was got may be kept by who got it and asked for again by its tag: 304
 * where it is still the same.
 */
export function sendJsonText(response: ServerResponse, status: number, text: string): void {
  const { method, headers } = response.req;
  if (status === 200 && (method === 'GET' || method === 'HEAD')) {
    const etag = weakTag(text);
    response.setHeader('etag', etag);
    if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'private, no-cache');
    if (listsTag(headers['if-none-match'], etag)) {
      response.statusCode = 304;
      response.end();
      return;
    }
  }
  response.statusCode = status;
  response.setHeader('content-type', jsonType);
  const bytes = Buffer.byteLength(text);
  if (bytes >= compressedFromBytes) compress(response);
  response.setHeader('content-length', bytes);
  response.end(text);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendJsonText(response, status, JSON.stringify(value));
}

/** Who waits for a response to drain. */
const waiting = new WeakMap<ServerResponse, Set<() => void>>();

/**
 * One listener for the life of a response: those on one that is compressed stand at the compressor, where `off` does
 * not find them.
 */
function drainOf(response: ServerResponse): Set<() => void> {
  const known = waiting.get(response);
  if (known) return known;
  const waiters = new Set<() => void>();
  waiting.set(response, waiters);
  response.on('drain', () => {
    for (const proceed of waiters) proceed();
  });
  return waiters;
}

/** Writes and, where the reader is slower than we are, waits until it has caught up or has gone. */
export async function writeChunk(
  response: ServerResponse,
  chunk: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (response.write(chunk)) return;
  const drain = drainOf(response);
  await new Promise<void>((resolve) => {
    const finish = () => {
      drain.delete(finish);
      response.off('close', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    drain.add(finish);
    response.once('close', finish);
    signal.addEventListener('abort', finish, { once: true });
  });
  signal.throwIfAborted();
}
