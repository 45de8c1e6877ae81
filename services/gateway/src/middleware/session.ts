import { timingSafeEqual } from 'node:crypto';
import { AppError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { Session, Sessions } from '../clients/sessions.ts';
import { exchangeOf } from '../http/exchange.ts';
import { credentialOf } from './authentication.ts';

export const sessionCookie = 'sillage_session';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A session's cookie becomes the key it was begun with; to stand before the policy. A header with a credential goes
 * first. What changes something, and a WebSocket, must come from our own pages: the cookie alone would come with a
 * request that another site's page made.
 */
export function session(options: { sessions: Sessions }): RequestHandler {
  const open = async (request: Request, response: Response, cookie: string) => {
    const exchange = exchangeOf(request);
    let opened: Session;
    try {
      opened = await options.sessions.open(cookie);
    } catch (error) {
      forgetCookie(request, response);
      throw error;
    }
    if (!safeMethods.has(request.method) || request.headers.upgrade !== undefined) assertSameOrigin(request);
    if (!safeMethods.has(request.method)) assertToken(request, opened);
    exchange.session = opened;
    request.headers['x-api-key'] = opened.credential;
  };
  return (request, response, next) => {
    const cookie = credentialOf(request) === undefined ? cookieOf(request) : undefined;
    if (cookie === undefined) next();
    else open(request, response, cookie).then(() => next(), next);
  };
}

/** Throws forbidden for a request that a page of another origin made. */
export function assertSameOrigin(request: Request): void {
  // The browser's own word, which no page can set; behind proxies the host we see may be another than the page's.
  const site = request.headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  const { origin, host } = request.headers;
  if (site === undefined && origin === undefined && request.headers.upgrade === undefined) return;
  if (site === undefined && origin !== undefined && URL.parse(origin)?.host === host) return;
  throw new AppError('forbidden', 'a session may be used by the pages of this address alone');
}

function assertToken(request: Request, { csrfToken }: Session): void {
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''));
  const right = Buffer.from(csrfToken);
  if (given.length === right.length && timingSafeEqual(given, right)) return;
  throw new AppError(
    'forbidden',
    'with a session, X-CSRF-Token must be the csrf_token that GET /api/v1/session tells',
  );
}

function cookieOf(request: Request): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === sessionCookie && value) return value.trim();
  }
  return undefined;
}

/** Not for scripts, not from other sites; over TLS alone where it came so. */
export function setCookie(request: Request, response: Response, value: string, maxAge: number): void {
  response.cookie(sessionCookie, value, {
    httpOnly: true,
    sameSite: 'strict',
    secure: request.secure,
    path: '/',
    maxAge,
    encode: (text) => text,
  });
}

export function forgetCookie(request: Request, response: Response): void {
  setCookie(request, response, '', 0);
}
