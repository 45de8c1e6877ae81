import type { TokenErrorJson } from '@sillage/contracts';

/** A refusal as RFC 6749, section 5.2, names it; `message` becomes `error_description`. */
export class OAuthError extends Error {
  readonly code: TokenErrorJson['error'];
  constructor(code: TokenErrorJson['error'], message: string) {
    super(message);
    this.name = 'OAuthError';
    this.code = code;
  }
}

/** What a client asks for. */
export interface ClientForm {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

const maxLength = 512;

/** Reads the form of POST /oauth/token and the credentials in it or in the header. Throws OAuthError. */
export function readTokenForm(form: URLSearchParams, authorization: string | undefined): ClientForm {
  const one = (name: string): string | undefined => {
    const [value, ...more] = form.getAll(name);
    if (more.length > 0) throw new OAuthError('invalid_request', `${name} must be sent once`);
    return value;
  };
  const grant = one('grant_type');
  if (grant === undefined) throw new OAuthError('invalid_request', 'grant_type is missing');
  if (grant !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'grant_type must be client_credentials');
  }
  const basic = authorization === undefined ? undefined : readBasic(authorization);
  const inForm = { id: one('client_id'), secret: one('client_secret') };
  if (basic && inForm.secret !== undefined) {
    throw new OAuthError('invalid_request', 'send the credentials in the header or in the form, not in both');
  }
  const { id, secret } = basic ?? inForm;
  if (basic && inForm.id !== undefined && inForm.id !== id) {
    throw new OAuthError('invalid_request', 'client_id is another than the one of the header');
  }
  if (!id || !secret || id.length > maxLength || secret.length > maxLength) {
    throw new OAuthError(
      'invalid_client',
      'client_id and client_secret are needed, by HTTP Basic or in the form',
    );
  }
  return { clientId: id, clientSecret: secret, scopes: (one('scope') ?? '').split(' ').filter(Boolean) };
}

/** HTTP Basic with both halves form-encoded (RFC 6749, section 2.3.1). */
function readBasic(authorization: string): { id: string; secret: string } {
  const match = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization);
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw new OAuthError('invalid_client', 'the Authorization header is not HTTP Basic');
  return { id: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new OAuthError('invalid_client', 'the Authorization header is not form-encoded');
  }
}
