import {
  type AuthServiceDefinition,
  isScope,
  maxScopes,
  presentJwks,
  type TokenErrorJson,
  type TokenJson,
  type TokenRefusal__Output,
} from '@sillage/contracts';
import { AppError, type GrpcClient } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import type { LimiterStore } from '../clients/limiter-store.ts';
import type { TokenVerifier } from '../clients/token-verifier.ts';
import { addressList, isAmong } from '../domain/address-list.ts';
import { type ClientForm, OAuthError, readTokenForm } from '../domain/token-form.ts';
import { sendJson } from '../http/answer.ts';
import { endpoint, exchangeOf } from '../http/exchange.ts';
import { assertAddressMayTry, countAddress } from '../middleware/authentication.ts';
import { TextBody } from '../middleware/body.ts';

export interface OAuthParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly tokens: TokenVerifier;
  readonly limiter: LimiterStore;
  readonly settings: { readonly perMinute: number };
}

const refusals: Readonly<Record<TokenRefusal__Output, string>> = {
  TOKEN_REFUSAL_UNSPECIFIED: 'no token was made',
  TOKEN_REFUSAL_INVALID_CLIENT: 'there is no such client, or its secret is another',
  TOKEN_REFUSAL_REVOKED: 'this client was revoked',
  TOKEN_REFUSAL_EXPIRED: 'this client has expired',
  TOKEN_REFUSAL_SUSPENDED: 'this client’s tenant is suspended',
  TOKEN_REFUSAL_INVALID_SCOPE: 'the client lacks one of the scopes asked for',
};

/** POST /oauth/token: client credentials (RFC 6749, section 4.4), by HTTP Basic or in the form. */
export function issueToken({ auth, limiter, settings }: OAuthParts): RequestHandler {
  const limits = { limiter, perMinute: settings.perMinute };
  return endpoint(async (exchange, request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('pragma', 'no-cache');
    try {
      const form = readTokenForm(formOf(exchange.body), request.headers.authorization);
      await assertAddressMayTry(limits, request, response);
      sendJson(response, 200, await ask(auth, form, request));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      if (error.code === 'invalid_client') await countAddress(limits, request, response);
      refuse(request, response, error);
    }
  });
}

async function ask(
  auth: GrpcClient<AuthServiceDefinition>,
  { clientId, clientSecret, scopes }: ClientForm,
  request: Request,
): Promise<TokenJson> {
  if (scopes.length > maxScopes || !scopes.every(isScope)) {
    throw new OAuthError('invalid_scope', 'scope holds something that is no scope');
  }
  const answer = await auth.unary('IssueToken', { clientId, clientSecret, scopes: [...scopes] });
  if (answer.refusal !== 'TOKEN_REFUSAL_UNSPECIFIED') {
    const isScopeWrong = answer.refusal === 'TOKEN_REFUSAL_INVALID_SCOPE';
    throw new OAuthError(isScopeWrong ? 'invalid_scope' : 'invalid_client', refusals[answer.refusal]);
  }
  const addresses = addressList(answer.addressRanges);
  if (addresses && !isAmong(addresses, request.ip)) {
    throw new OAuthError('invalid_client', 'this client may not be used from this address');
  }
  return {
    access_token: answer.token,
    token_type: 'Bearer',
    expires_in: answer.expiresInS,
    scope: answer.scopes.join(' '),
  };
}

/** GET /.well-known/jwks.json. */
export function jwks({ tokens }: OAuthParts): RequestHandler {
  return endpoint(async (_exchange, _request, response) => {
    const keys = await tokens.published();
    response.setHeader('cache-control', 'public, max-age=300');
    sendJson(response, 200, presentJwks(keys));
  });
}

function formOf(body: unknown): URLSearchParams {
  if (!(body instanceof TextBody)) {
    throw new OAuthError('invalid_request', 'send the parameters as application/x-www-form-urlencoded');
  }
  return new URLSearchParams(body.text);
}

/** An error in the form that OAuth clients read, instead of problem+json. */
function refuse(request: Request, response: Response, error: OAuthError): void {
  const exchange = exchangeOf(request);
  const isClient = error.code === 'invalid_client';
  exchange.failure = new AppError(isClient ? 'unauthenticated' : 'invalid_input', error.message);
  if (isClient) response.setHeader('www-authenticate', 'Basic realm="sillage"');
  const body: TokenErrorJson = { error: error.code, error_description: error.message };
  sendJson(response, isClient ? 401 : 400, body);
}
