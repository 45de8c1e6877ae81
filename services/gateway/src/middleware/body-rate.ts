import { AppError } from '@sillage/kit';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { exchangeOf } from '../http/exchange.ts';

interface Watched {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  /** Bytes of the connection at the last look; undefined before the first. */
  bytes: number | undefined;
  /** Where it stands among those whose bodies are coming; -1 when no longer. */
  at: number;
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
  // One timer for all: a request that is answered at once needs none of its own. An array, not a Set: a Set that grows
  // and shrinks with the load leaves tables behind that hold what was in them, each the next, until the whole heap is
  // collected; requests would outlive their answers by seconds.
  const coming: Watched[] = [];
  const remove = (watched: Watched) => {
    if (watched.at === -1) return;
    const last = coming.pop();
    if (last === undefined) return;
    if (last !== watched) {
      coming[watched.at] = last;
      last.at = watched.at;
    }
    watched.at = -1;
  };
  const timer = setInterval(() => {
    for (const watched of [...coming]) {
      if (watched.request.complete || watched.response.headersSent) remove(watched);
      else if (isTooSlow(watched, (minBytesPerS * windowMs) / 1000)) {
        remove(watched);
        refuse(watched, minBytesPerS);
      }
    }
  }, windowMs);
  timer.unref();
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (coding !== undefined || (length !== undefined && length !== '0')) {
      const watched: Watched = { request, response, next, bytes: undefined, at: coming.length };
      coming.push(watched);
      exchangeOf(request).onEnd(() => remove(watched));
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
