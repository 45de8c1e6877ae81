import { AppError } from '@sillage/kit';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { exchangeOf } from '../http/exchange.ts';

interface Watched {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  /** Bytes of the connection at the last look; undefined before the first. */
  bytes: number | undefined;
}

export interface BodyRateOptions {
  /** Fewest bytes a second that a body comes with, over one window; 0: any rate will do. */
  readonly minBytesPerS: number;
  readonly windowMs: number;
  /** Aborts when the gateway is about to stop. */
  readonly stopping: AbortSignal;
}

/** Ends requests whose body trickles in: each would hold a connection and its part of a body for as long as it likes. */
export function bodyRate({ minBytesPerS, windowMs, stopping }: BodyRateOptions): RequestHandler {
  if (minBytesPerS === 0) return (_request, _response, next) => next();
  // One timer for all: a request that is answered at once needs none of its own.
  const coming = new Set<Watched>();
  const timer = setInterval(() => {
    for (const watched of coming) {
      if (watched.request.complete || watched.response.headersSent) coming.delete(watched);
      else if (isTooSlow(watched, (minBytesPerS * windowMs) / 1000)) {
        coming.delete(watched);
        refuse(watched, minBytesPerS);
      }
    }
  }, windowMs);
  timer.unref();
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (coding !== undefined || (length !== undefined && length !== '0')) {
      const watched: Watched = { request, response, next, bytes: undefined };
      coming.add(watched);
      exchangeOf(request).onEnd(() => coming.delete(watched));
    }
    next();
  };
}

function isTooSlow(watched: Watched, minBytes: number): boolean {
  const { request, bytes: before } = watched;
  const bytes = request.socket.bytesRead;
  watched.bytes = bytes;
  // It began within this window.
  if (before === undefined) return false;
  // Here it is we who do not read on.
  if (request.readableLength >= request.readableHighWaterMark) return false;
  return bytes - before < minBytes;
}

function refuse({ request, response, next }: Watched, minBytesPerS: number): void {
  const failure = new AppError(
    'too_slow',
    `the body comes too slowly: at least ${minBytesPerS} bytes a second are awaited`,
  );
  exchangeOf(request).abort(failure);
  response.setHeader('connection', 'close');
  response.once('finish', () => request.destroy());
  next(failure);
}
