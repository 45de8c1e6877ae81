import {
  type AuthServiceDefinition,
  type CreatedKeyJson,
  createKeySchema,
  type Key__Output,
  listKeysQuerySchema,
  presentKey,
  rotateKeySchema,
  updateKeySchema,
} from '@sillage/contracts';
import { type GrpcClient, internalError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import { actorOf } from '../clients/audit.ts';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface KeyParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly verifier: KeyVerifier;
}

/** API keys and OAuth clients differ only in what their secret opens. */
const kinds = {
  key: { wire: 'KEY_KIND_KEY', list: 'keys' },
  client: { wire: 'KEY_KIND_CLIENT', list: 'clients' },
} as const;
type Kind = keyof typeof kinds;

/** POST /api/v1/keys and /api/v1/oauth/clients. */
export function createKey(parts: KeyParts, kind: Kind): RequestHandler {
  return endpoint((exchange, request, response) =>
    createKeyOf(parts, kind, callerOf(exchange).tenantId, { exchange, request, response }),
  );
}

/** Makes a key of this tenant and answers with it. */
export async function createKeyOf(
  { auth }: KeyParts,
  kind: Kind,
  tenantId: string,
  { exchange, request, response }: { exchange: Exchange; request: Request; response: Response },
): Promise<void> {
  const body = parse(createKeySchema, exchange.body);
  const { key, secret } = await auth.unary('CreateKey', {
    tenantId,
    kind: kinds[kind].wire,
    label: body.label,
    expiresAt: body.expires_at ?? '',
    scopes: body.scopes ?? [],
    addressRanges: body.address_ranges ?? [],
    actor: actorOf(exchange, request),
  });
  sendSecret(response, present(key), secret);
}

/** GET /api/v1/keys and /api/v1/oauth/clients. */
export function listKeys(parts: KeyParts, kind: Kind): RequestHandler {
  return endpoint((exchange, request, response) =>
    listKeysOf(parts, kind, callerOf(exchange).tenantId, { request, response }),
  );
}

/** Answers with the keys of this tenant. */
export async function listKeysOf(
  { auth }: KeyParts,
  kind: Kind,
  tenantId: string,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const { limit, before = '' } = parse(listKeysQuerySchema, request.query);
  const { keys } = await auth.unary('ListKeys', { tenantId, kind: kinds[kind].wire, limit, before });
  const next = keys.length === limit ? (keys.at(-1)?.id ?? null) : null;
  linkNext(request, response, next === null ? undefined : { before: next });
  sendJson(response, 200, { [kinds[kind].list]: keys.map(presentKey), next });
}

/** PATCH /api/v1/keys/{id} and /api/v1/oauth/clients/{id}. */
export function updateKey({ auth, verifier }: KeyParts, kind: Kind): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const name = nameOf(exchange, request, kind);
    const { label, expires_at, scopes, address_ranges } = parse(updateKeySchema, exchange.body);
    const { key } = await auth.unary('UpdateKey', {
      ...name,
      ...(label === undefined ? {} : { label }),
      ...(expires_at === undefined ? {} : { expiresAt: expires_at ?? '' }),
      ...(scopes ? { scopes: { values: scopes } } : {}),
      ...(address_ranges ? { addressRanges: { values: address_ranges } } : {}),
    });
    verifier.forget(name.keyId);
    sendJson(response, 200, presentKey(present(key)));
  });
}

/** POST /api/v1/keys/{id}/rotate and /api/v1/oauth/clients/{id}/rotate. */
export function rotateKey({ auth, verifier }: KeyParts, kind: Kind): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const name = nameOf(exchange, request, kind);
    const { overlap_s: overlapS } = parse(rotateKeySchema, exchange.body);
    const { key, secret } = await auth.unary('RotateKey', { ...name, overlapS });
    verifier.forget(name.keyId);
    sendSecret(response, present(key), secret);
  });
}

/** DELETE /api/v1/keys/{id} and /api/v1/oauth/clients/{id}. */
export function revokeKey({ auth, verifier }: KeyParts, kind: Kind): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const name = nameOf(exchange, request, kind);
    const { key } = await auth.unary('RevokeKey', name);
    // Here at once; every other gateway hears it from Postgres.
    verifier.forget(name.keyId);
    sendJson(response, 200, presentKey(present(key)));
  });
}

function nameOf(exchange: Exchange, request: Request, kind: Kind) {
  return {
    tenantId: callerOf(exchange).tenantId,
    keyId: idOf(request, kind),
    kind: kinds[kind].wire,
    actor: actorOf(exchange, request),
  };
}

function sendSecret(response: Response, key: Key__Output, secret: string): void {
  const created: CreatedKeyJson = { ...presentKey(key), secret };
  response.setHeader('cache-control', 'no-store');
  sendJson(response, 201, created);
}

function present(key: Key__Output | null): Key__Output {
  if (!key) throw internalError('no key in answer');
  return key;
}
