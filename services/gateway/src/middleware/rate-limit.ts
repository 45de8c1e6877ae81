import { AppError } from '@sillage/kit';
import type { RequestHandler, Response } from 'express';
import type { Decision, LimiterStore } from '../clients/limiter-store.ts';
import { type Exchange, exchangeOf } from '../http/exchange.ts';
import { readEarly } from './body.ts';

const hourMs = 3_600_000;

/** The hourly limit of the caller's key; the anonymous tenant has the limit of its address alone. */
export function rateLimit(options: { limiter: LimiterStore }): RequestHandler {
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const { caller } = exchange;
    if (!caller?.keyId || caller.hourlyLimit === undefined) {
      next();
      return;
    }
    const limit = caller.hourlyLimit;
    const decision = options.limiter.take({
      identity: caller.keyId,
      limit,
      windowMs: hourMs,
      isCounted: true,
    });
    if (decision instanceof Promise) {
      readEarly(request);
      decision.then((made) => next(apply(made, limit, exchange, response)), next);
    } else {
      next(apply(decision, limit, exchange, response));
    }
  };
}

/** Sets the headers; the error when the request is one too many. */
function apply(
  decision: Decision,
  limit: number,
  exchange: Exchange,
  response: Response,
): AppError | undefined {
  setLimitHeaders(response, 'hour', limit, 3600, decision);
  if (decision.isAllowed) return undefined;
  exchange.fields['rateLimited'] = true;
  return tooMany(`this key may send ${limit} requests an hour`, decision);
}

/** RateLimit and RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10. */
export function setLimitHeaders(
  response: Response,
  policy: 'hour' | 'address',
  limit: number,
  windowS: number,
  decision: Decision,
): void {
  response.setHeader('ratelimit-policy', `"${policy}";q=${limit};w=${windowS}`);
  response.setHeader(
    'ratelimit',
    `"${policy}";r=${decision.remaining};t=${Math.max(1, Math.ceil(decision.resetMs / 1000))}`,
  );
}

export function tooMany(detail: string, decision: Decision): AppError {
  const seconds = Math.max(1, Math.ceil(decision.resetMs / 1000));
  return new AppError('rate_limited', `${detail}; try again in ${seconds} s`, { retryAfterS: seconds });
}
