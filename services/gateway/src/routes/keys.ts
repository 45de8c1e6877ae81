import {
  type AuthServiceDefinition,
  type CreatedKeyJson,
  createKeySchema,
  type Key__Output,
  presentKey,
} from '@sillage/contracts';
import { type GrpcClient, internalError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { actorOf } from '../clients/audit.ts';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, endpoint } from '../http/exchange.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface KeyParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly verifier: KeyVerifier;
}

/** POST /api/v1/keys. */
export function createKey({ auth }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const body = parse(createKeySchema, exchange.body);
    const { key, secret } = await auth.unary('CreateKey', {
      tenantId: callerOf(exchange).tenantId,
      label: body.label,
      expiresAt: body.expires_at ?? '',
      scopes: body.scopes ?? [],
      actor: actorOf(exchange, request),
    });
    const created: CreatedKeyJson = { ...presentKey(present(key)), secret };
    response.setHeader('cache-control', 'no-store');
    sendJson(response, 201, created);
  });
}

/** GET /api/v1/keys. */
export function listKeys({ auth }: KeyParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { keys } = await auth.unary('ListKeys', { tenantId: callerOf(exchange).tenantId });
    sendJson(response, 200, { keys: keys.map(presentKey) });
  });
}

/** DELETE /api/v1/keys/{id}. */
export function revokeKey({ auth, verifier }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const keyId = idOf(request, 'key');
    const { key } = await auth.unary('RevokeKey', {
      tenantId: callerOf(exchange).tenantId,
      keyId,
      actor: actorOf(exchange, request),
    });
    // Here at once; every other gateway hears it from Postgres.
    verifier.forget(keyId);
    sendJson(response, 200, presentKey(present(key)));
  });
}

function present(key: Key__Output | null): Key__Output {
  if (!key) throw internalError('no key in answer');
  return key;
}
