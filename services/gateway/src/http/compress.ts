import type { ServerResponse } from 'node:http';
import { constants } from 'node:zlib';
import compression from 'compression';
import type { Request, Response } from 'express';

/** Bytes below which an answer goes as it is: it fits a packet. */
export const compressedFromBytes = 1500;
const ndjson = /^application\/(x-ndjson|jsonl)\b/;

const negotiate = compression({
  threshold: compressedFromBytes,
  brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  filter: (request, response) =>
    ndjson.test(String(response.getHeader('content-type') ?? '')) || compression.filter(request, response),
});

/**
 * Sends this answer as brotli or gzip where its caller accepts it; to be called before its head is out. Asked for by
 * those who send large answers, not for every request: even an answer that stays as it is would take a quarter longer.
 * Never for events, which would wait in a buffer, nor for files with ranges, whose places are those of the plain bytes.
 */
export function compress(response: ServerResponse): void {
  // The library is made for express and uses what every response of Node has.
  negotiate(response.req as Request, response as Response, () => {});
}
