import { AppError } from '@sillage/kit';
import type { RequestHandler } from 'express';

/** What a key is called where somebody puts it into an address; in one form, without case, hyphens and underlines. */
const names = new Set([
  'key',
  'apikey',
  'xapikey',
  'token',
  'accesstoken',
  'secret',
  'authorization',
  'clientsecret',
]);
/** A key, a client's secret or a token of ours. */
const credential = /^(sk|cs)_(dev|test|stg|live)_|^eyJ[\w-]+\.[\w-]+\./;

/**
 * Refuses a key in the address: it would stand in the log of every proxy on the way. Only the route's pattern and the
 * path are ever written by us, never the query.
 */
export function noKeyInAddress(): RequestHandler {
  return (request, _response, next) => {
    if (request.url.includes('?') && hasKey(request.url)) {
      throw new AppError(
        'invalid_input',
        'a key does not belong into an address, where logs on the way keep it: send it as header X-API-Key or Authorization: Bearer, and rotate this one',
        { errors: [{ pointer: '', detail: 'the query holds a credential' }] },
      );
    }
    next();
  };
}

function hasKey(url: string): boolean {
  for (const [name, value] of new URLSearchParams(url.slice(url.indexOf('?') + 1))) {
    if (names.has(name.toLowerCase().replaceAll(/[-_]/g, '')) || credential.test(value)) return true;
  }
  return false;
}
