import cors from 'cors';
import type { RequestHandler } from 'express';

/** CORS for the origins configured; none of them, no headers. `*` lets every origin in, without cookies either way. */
export function crossOrigin(options: { origins: readonly string[] }): RequestHandler {
  if (options.origins.length === 0) return (_request, _response, next) => next();
  return cors({
    origin: options.origins.includes('*') ? '*' : [...options.origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'content-type',
      'authorization',
      'x-api-key',
      'idempotency-key',
      'last-event-id',
      'x-request-id',
      'if-none-match',
      'range',
      'if-range',
      'traceparent',
      'tracestate',
    ],
    exposedHeaders: [
      'x-request-id',
      'x-trace-id',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'location',
      'link',
      'etag',
      'content-disposition',
      'content-range',
      'accept-ranges',
      'deprecation',
      'sunset',
      'www-authenticate',
    ],
    maxAge: 600,
  });
}
