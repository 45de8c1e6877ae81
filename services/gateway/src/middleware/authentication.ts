import { defaultScopes } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { KeyVerdict, KeyVerifier, Refusal } from '../clients/key-verifier.ts';
import type { Decision, LimiterStore } from '../clients/limiter-store.ts';

import { type Caller, exchangeOf } from '../http/exchange.ts';
import { setLimitHeaders, tooMany } from './rate-limit.ts';

export interface AuthenticationOptions {
  readonly verifier: KeyVerifier;
  readonly limiter: LimiterStore;
  /** False: who sends no key is the anonymous tenant. */
  readonly isKeyRequired: boolean;
  /** Requests a minute from one address without a key that holds. */
  readonly perMinute: number;
}

/** Whom requests without a key belong to where no key is needed. */
export const anonymousTenant = '00000000-0000-0000-0000-000000000000';

/** All that needs no account. */
const anonymous: Caller = {
  tenantId: anonymousTenant,
  credential: 'none',
  tier: 'free',
  scopes: new Set(defaultScopes.filter((scope) => scope !== 'account')),
};

/** No key we give out is longer; a longer one need not be hashed. */
const maxKeyLength = 512;

const refusals: Readonly<Record<Refusal, string>> = {
  unknown: 'this API key is not known',
  revoked: 'this API key was revoked',
  expired: 'this API key has expired',
};

/** Who is asking, by X-API-Key or Authorization: Bearer. Requests without a key that holds count against their address. */
export function authentication(options: AuthenticationOptions): RequestHandler {
  const identify = async (request: Request, response: Response): Promise<Caller> => {
    const key = credential(request);
    if (key === undefined && !options.isKeyRequired) {
      await countAddress(options, request, response);
      return anonymous;
    }
    if (key === undefined) {
      await countAddress(options, request, response);
      throw new AppError(
        'unauthenticated',
        'an API key is needed, as header X-API-Key or Authorization: Bearer',
      );
    }
    const verdict = await verdictOf(options, key, request, response);
    if (verdict.kind === 'valid') return verdict.caller;
    await countAddress(options, request, response);
    throw new AppError('unauthenticated', refusals[verdict.kind]);
  };
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const key = credential(request);
    const known = key === undefined ? undefined : options.verifier.peek(key);
    if (known?.kind === 'valid') {
      exchange.caller = known.caller;
      next();
      return;
    }
    identify(request, response).then((caller) => {
      exchange.caller = caller;
      next();
    }, next);
  };
}

/**
 * A key that is not cached costs a call to auth, so an address that guesses is stopped before it. Holders of good keys
 * who share that address are not: their keys held before.
 */
async function verdictOf(
  options: AuthenticationOptions,
  key: string,
  request: Request,
  response: Response,
): Promise<KeyVerdict> {
  if (key.length > maxKeyLength) return { kind: 'unknown' };
  const known = options.verifier.peek(key);
  if (known) return known;
  if (!options.verifier.hasHeld(key)) {
    const decision = await takeAddress(options, request, false);
    if (!decision.isAllowed) throw refuseAddress(options, decision, response);
  }
  return options.verifier.verify(key);
}

async function countAddress(
  options: AuthenticationOptions,
  request: Request,
  response: Response,
): Promise<void> {
  const decision = await takeAddress(options, request, true);
  if (!decision.isAllowed) throw refuseAddress(options, decision, response);
  setLimitHeaders(response, 'address', options.perMinute, 60, decision);
}

function takeAddress(options: AuthenticationOptions, request: Request, isCounted: boolean) {
  return options.limiter.take({
    identity: `address:${request.ip ?? 'unknown'}`,
    limit: options.perMinute,
    windowMs: 60_000,
    isCounted,
  });
}

function refuseAddress(options: AuthenticationOptions, decision: Decision, response: Response): AppError {
  setLimitHeaders(response, 'address', options.perMinute, 60, decision);
  return tooMany(
    `an address may send ${options.perMinute} requests a minute without a key that holds`,
    decision,
  );
}

function credential(request: Request): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string' && header !== '') return header;
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  const space = authorization.indexOf(' ');
  const isBearer = space > 0 && authorization.slice(0, space).toLowerCase() === 'bearer';
  const token = isBearer ? authorization.slice(space + 1).trim() : '';
  return token === '' ? undefined : token;
}
