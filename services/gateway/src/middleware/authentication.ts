import type { IncomingMessage } from 'node:http';
import { defaultScopes } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { KeyVerdict, KeyVerifier } from '../clients/key-verifier.ts';
import type { Decision, LimiterStore } from '../clients/limiter-store.ts';
import { sessionEnded } from '../clients/sessions.ts';
import { isToken } from '../clients/token-verifier.ts';
import { isAmong } from '../domain/address-list.ts';
import { type Caller, exchangeOf } from '../http/exchange.ts';
import { setLimitHeaders, tooMany } from './rate-limit.ts';

export interface AuthenticationOptions {
  readonly verifier: KeyVerifier;
  readonly limiter: LimiterStore;
  /** False: who sends no key is the anonymous tenant. */
  readonly isKeyRequired: boolean;
  /** Requests a minute from one address without a key that holds; 0: no limit. */
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

/** No key or token we give out is longer; a longer one need not be hashed. */
const maxCredentialLength = 8192;

/**
 * Who is asking, by X-API-Key or Authorization: Bearer, where the key may be used from. Requests without a credential
 * that holds count against their address.
 */
export function authentication(options: AuthenticationOptions): RequestHandler {
  const identify = async (request: Request, response: Response): Promise<Caller> => {
    const credential = credentialOf(request);
    if (credential === undefined && !options.isKeyRequired) {
      await countAddress(options, request, response);
      return anonymous;
    }
    if (credential === undefined) {
      await countAddress(options, request, response);
      throw new AppError(
        'unauthenticated',
        'an API key or a token is needed, as header X-API-Key or Authorization: Bearer',
      );
    }
    return callerOfKey(options, credential, request, response);
  };
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const credential = credentialOf(request);
    const known = credential === undefined ? undefined : options.verifier.peek(credential);
    if (known?.kind === 'valid') {
      exchange.caller = known.caller;
      next(misplaced(known.caller, request));
      return;
    }
    identify(request, response).then((caller) => {
      exchange.caller = caller;
      next(misplaced(caller, request));
    }, next);
  };
}

/** Whose credential this is. Throws where it does not hold; that counts against the address. */
export async function callerOfKey(
  options: AuthenticationOptions,
  credential: string,
  request: Request,
  response: Response,
): Promise<Caller> {
  const verdict = await verdictOf(options, credential, request, response);
  if (verdict.kind === 'valid') return verdict.caller;
  await countAddress(options, request, response);
  const what = isToken(credential) ? 'the client of this token' : 'this API key';
  const refused = refuse(verdict, what, response);
  if (exchangeOf(request).session === undefined || refused.code !== 'unauthenticated') throw refused;
  throw sessionEnded(refused.message);
}

/** Throws forbidden where the credential may not be used from where the request comes. */
export function assertMayUse(caller: Caller, request: Request): void {
  const error = misplaced(caller, request);
  if (error) throw error;
}

/** The error of a credential that may not be used from where the request comes. */
function misplaced({ addresses }: Caller, request: Request): AppError | undefined {
  if (addresses === undefined || isAmong(addresses, request.ip)) return undefined;
  return new AppError('forbidden', 'this credential may not be used from this address');
}

function refuse(verdict: Exclude<KeyVerdict, { kind: 'valid' }>, what: string, response: Response): AppError {
  if (verdict.kind === 'suspended') {
    return new AppError('forbidden', 'this tenant is suspended; ask whoever runs this fleet');
  }
  // RFC 6750, section 3.1.
  response.setHeader('www-authenticate', 'Bearer realm="sillage", error="invalid_token"');
  switch (verdict.kind) {
    case 'unknown':
      return new AppError('unauthenticated', `${what} is not known`);
    case 'revoked':
      return new AppError('unauthenticated', `${what} was revoked`);
    case 'expired':
      return new AppError('unauthenticated', `${what} has expired`);
    case 'bad_token':
      return new AppError('unauthenticated', verdict.detail);
  }
}

/**
 * A key that is not cached costs a call to auth, so an address that guesses is stopped before it. Holders of good keys
 * who share that address are not: their keys held before.
 */
async function verdictOf(
  options: AuthenticationOptions,
  credential: string,
  request: Request,
  response: Response,
): Promise<KeyVerdict> {
  if (credential.length > maxCredentialLength) return { kind: 'unknown' };
  const known = options.verifier.peek(credential);
  if (known) return known;
  if (!options.verifier.hasHeld(credential)) await assertAddressMayTry(options, request, response);
  return options.verifier.verify(credential);
}

/** Throws rate_limited where the address has failed too often; counts nothing. */
export async function assertAddressMayTry(
  options: Pick<AuthenticationOptions, 'limiter' | 'perMinute'>,
  request: Request,
  response: Response,
): Promise<void> {
  if (options.perMinute === 0) return;
  const decision = await takeAddress(options, request, false);
  if (!decision.isAllowed) throw refuseAddress(options, decision, response);
}

/** Counts a request without a credential that holds against its address. Throws rate_limited when it is one too many. */
export async function countAddress(
  options: Pick<AuthenticationOptions, 'limiter' | 'perMinute'>,
  request: Request,
  response: Response,
): Promise<void> {
  if (options.perMinute === 0) return;
  const decision = await takeAddress(options, request, true);
  if (!decision.isAllowed) throw refuseAddress(options, decision, response);
  setLimitHeaders(response, 'address', options.perMinute, 60, decision);
}

function takeAddress(
  options: Pick<AuthenticationOptions, 'limiter' | 'perMinute'>,
  request: Request,
  isCounted: boolean,
) {
  return options.limiter.take({
    identity: `address:${request.ip ?? 'unknown'}`,
    limit: options.perMinute,
    windowMs: 60_000,
    isCounted,
  });
}

function refuseAddress(
  options: Pick<AuthenticationOptions, 'perMinute'>,
  decision: Decision,
  response: Response,
): AppError {
  setLimitHeaders(response, 'address', options.perMinute, 60, decision);
  return tooMany(
    `an address may send ${options.perMinute} requests a minute without a key that holds`,
    decision,
  );
}

/** The key or token that a request brings. */
export function credentialOf(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string' && header !== '') return header;
  const { authorization } = request.headers;
  if (authorization === undefined) return undefined;
  const space = authorization.indexOf(' ');
  const isBearer = space > 0 && authorization.slice(0, space).toLowerCase() === 'bearer';
  const token = isBearer ? authorization.slice(space + 1).trim() : '';
  return token === '' ? undefined : token;
}
