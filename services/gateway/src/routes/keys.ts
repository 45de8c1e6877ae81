import {
  type AuthServiceDefinition,
  type CreatedKeyJson,
  createKeySchema,
  type Key__Output,
  presentKey,
} from '@sillage/contracts';
import { AppError, type GrpcClient, internalError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface KeyParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly verifier: KeyVerifier;
}

/** POST /api/v1/keys. */
export function createKey({ auth }: KeyParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const tenantId = tenantOf(exchange);
    const body = parse(createKeySchema, exchange.body);
    const { key, secret } = await auth.unary('CreateKey', {
      tenantId,
      label: body.label,
      expiresAt: body.expires_at ?? '',
    });
    const created: CreatedKeyJson = { ...presentKey(present(key)), secret };
    response.setHeader('cache-control', 'no-store');
    sendJson(response, 201, created);
  });
}

/** GET /api/v1/keys. */
export function listKeys({ auth }: KeyParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { keys } = await auth.unary('ListKeys', { tenantId: tenantOf(exchange) });
    sendJson(response, 200, { keys: keys.map(presentKey) });
  });
}

/** DELETE /api/v1/keys/{id}. */
export function revokeKey({ auth, verifier }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const keyId = idOf(request, 'key');
    const { key } = await auth.unary('RevokeKey', { tenantId: tenantOf(exchange), keyId });
    // Here at once; every other gateway hears it from Postgres.
    verifier.forget(keyId);
    sendJson(response, 200, presentKey(present(key)));
  });
}

function tenantOf(exchange: Exchange): string {
  const { tenantId, keyId } = callerOf(exchange);
  if (keyId === undefined) throw new AppError('forbidden', 'keys belong to a tenant; send one of its keys');
  return tenantId;
}

function present(key: Key__Output | null): Key__Output {
  if (!key) throw internalError('no key in answer');
  return key;
}
