import type { RequestHandler } from 'express';
import { exchangeOf } from '../http/exchange.ts';

/** Marks the exchange with its route's pattern and gives it the route's time. */
export function routeLimits(options: { pattern: string; timeoutMs?: number | undefined }): RequestHandler {
  return (request, _response, next) => {
    const exchange = exchangeOf(request);
    exchange.endpoint = options.pattern;
    if (options.timeoutMs !== undefined) exchange.allow(options.timeoutMs);
    next();
  };
}
