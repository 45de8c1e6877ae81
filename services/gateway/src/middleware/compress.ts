import { constants } from 'node:zlib';
import compression from 'compression';
import type { RequestHandler } from 'express';

/** Bytes below which an answer goes as it is: it fits a packet, and a cached prediction is not slowed. */
const thresholdBytes = 1500;
const eventStream = /^text\/event-stream\b/;
const ndjson = /^application\/(x-ndjson|jsonl)\b/;

/**
 * Brotli or gzip, as the caller accepts, for answers that gain by it. Never events, which would wait in a buffer, and
 * never what says `no-transform`: files with ranges, whose places are those of the bytes as they are.
 */
export function compress(): RequestHandler {
  return compression({
    threshold: thresholdBytes,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    filter: (request, response) => {
      const type = String(response.getHeader('content-type') ?? '');
      if (eventStream.test(type)) return false;
      return ndjson.test(type) || compression.filter(request, response);
    },
  });
}
