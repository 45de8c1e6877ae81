import { randomUUID } from 'node:crypto';
import { AppError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { beginExchange, Exchange } from '../http/exchange.ts';

const acceptable = /^[\w.:-]{1,64}$/;

/** Gives each request its exchange and id (the caller's own where it sent a plain one), and notices when the caller leaves. */
export function requestId(options: { timeoutMs: number }): RequestHandler {
  return (request, response, next) => {
    const sent = request.headers['x-request-id'];
    const id = typeof sent === 'string' && acceptable.test(sent) ? sent : randomUUID();
    const exchange = new Exchange(id, options.timeoutMs);
    beginExchange(request, exchange);
    response.setHeader('x-request-id', id);
    response.once('close', () => {
      if (!response.writableFinished) exchange.abort(new AppError('cancelled', 'the caller has gone'));
      exchange.end();
    });
    next();
  };
}
