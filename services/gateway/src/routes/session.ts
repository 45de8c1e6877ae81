import { beginSessionSchema, type SessionJson } from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';
import type { RequestHandler } from 'express';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import type { LimiterStore } from '../clients/limiter-store.ts';
import { type Session, type Sessions, sessionLifeMs } from '../clients/sessions.ts';
import { isToken } from '../clients/token-verifier.ts';
import { sendJson } from '../http/answer.ts';
import { type Caller, callerOf, endpoint } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { assertMayUse, callerOfKey } from '../middleware/authentication.ts';
import { assertSameOrigin, forgetCookie, setCookie } from '../middleware/session.ts';

export interface SessionParts {
  readonly verifier: KeyVerifier;
  readonly limiter: LimiterStore;
  readonly sessions: Sessions;
  readonly settings: { readonly isKeyRequired: boolean; readonly perMinute: number };
}

/** POST /api/v1/session: a key for a cookie. */
export function beginSession(parts: SessionParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    assertSameOrigin(request);
    const { key } = parse(beginSessionSchema, exchange.body);
    // A token ends within the hour, and its client can always have another.
    if (isToken(key)) throw invalidField('/key', 'must be an API key, not a token');
    const caller = await callerOfKey({ ...parts, ...parts.settings }, key, request, response);
    assertMayUse(caller, request);
    exchange.caller = caller;
    const { session, cookie } = parts.sessions.begin(key);
    setCookie(request, response, cookie, sessionLifeMs);
    sendJson(response, 201, presentSession(caller, session));
  });
}

/** GET /api/v1/session: who is asking. */
export function showSession(): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    response.setHeader('cache-control', 'no-store');
    sendJson(response, 200, presentSession(callerOf(exchange), exchange.session));
  });
}

/** DELETE /api/v1/session. */
export function endSession({ sessions }: SessionParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { session } = exchange;
    if (!session) throw new AppError('not_found', 'this request came without a session');
    await sessions.end(session);
    forgetCookie(request, response);
    response.statusCode = 204;
    response.end();
  });
}

function presentSession(caller: Caller, session: Session | undefined): SessionJson {
  const endsAtMs = Math.min(
    session?.endsAtMs ?? Number.POSITIVE_INFINITY,
    caller.endsAtMs ?? Number.POSITIVE_INFINITY,
  );
  return {
    tenant: { id: caller.tenantId, tier: caller.tier },
    credential: { kind: caller.credential, ...(caller.keyId ? { id: caller.keyId } : {}) },
    scopes: [...caller.scopes].sort(),
    ...(session ? { csrf_token: session.csrfToken } : {}),
    ...(Number.isFinite(endsAtMs) ? { ends_at: new Date(endsAtMs).toISOString() } : {}),
  };
}
