import {
  createTenantSchema,
  type ListAuditRequest,
  listAllAuditQuerySchema,
  listAuditQuerySchema,
  listTenantsQuerySchema,
  presentAuditEntry,
  presentKey,
  presentTenant,
  rotateSigningKeySchema,
  type Tenant__Output,
  tierToMessage,
  updateTenantSchema,
} from '@sillage/contracts';
import { internalError } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import { actorOf, outcomes } from '../clients/audit.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';
import { createKeyOf, type KeyParts, listKeysOf } from './keys.ts';

/** POST /api/v1/admin/tenants. */
export function createTenant({ auth }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { name, tier } = parse(createTenantSchema, exchange.body);
    const actor = actorOf(exchange, request);
    const { tenant } = await auth.unary('CreateTenant', { name, tier: tierToMessage(tier), actor });
    sendTenant(response, 201, tenant);
  });
}

/** GET /api/v1/admin/tenants. */
export function listTenants({ auth }: KeyParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const { limit, before = '', search = '', tier } = parse(listTenantsQuerySchema, request.query);
    const asked = { limit, before, search, ...(tier ? { tier: tierToMessage(tier) } : {}) };
    const { tenants } = await auth.unary('ListTenants', asked);
    const next = tenants.length === limit ? (tenants.at(-1)?.id ?? null) : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { tenants: tenants.map(presentTenant), next });
  });
}

/** GET /api/v1/admin/tenants/{id}. */
export function getTenant({ auth }: KeyParts): RequestHandler {
  return endpoint(async (_exchange, request, response) => {
    const { tenant } = await auth.unary('GetTenant', { tenantId: idOf(request, 'tenant') });
    sendTenant(response, 200, tenant);
  });
}

/** PATCH /api/v1/admin/tenants/{id}. */
export function updateTenant({ auth, verifier }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const tenantId = idOf(request, 'tenant');
    const { tier, suspended } = parse(updateTenantSchema, exchange.body);
    const { tenant } = await auth.unary('UpdateTenant', {
      tenantId,
      ...(tier ? { tier: tierToMessage(tier) } : {}),
      ...(suspended === undefined ? {} : { suspended }),
      actor: actorOf(exchange, request),
    });
    verifier.forgetTenant(tenantId);
    sendTenant(response, 200, tenant);
  });
}

/** POST /api/v1/admin/tenants/{id}/keys. */
export function createTenantKey(parts: KeyParts): RequestHandler {
  return endpoint((exchange, request, response) =>
    createKeyOf(parts, 'key', idOf(request, 'tenant'), { exchange, request, response }),
  );
}

/** GET /api/v1/admin/tenants/{id}/keys and …/clients. */
export function listTenantKeys(parts: KeyParts, kind: 'key' | 'client'): RequestHandler {
  return endpoint((_exchange, request, response) =>
    listKeysOf(parts, kind, idOf(request, 'tenant'), { request, response }),
  );
}

/** DELETE /api/v1/admin/keys/{id}: a key or a client, whichever tenant has it. */
export function revokeAnyKey({ auth, verifier }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const keyId = idOf(request, 'key');
    const { key } = await auth.unary('RevokeKey', {
      keyId,
      anyTenant: true,
      actor: actorOf(exchange, request),
    });
    if (!key) throw internalError('no key in answer');
    verifier.forget(keyId);
    sendJson(response, 200, presentKey(key));
  });
}

/** POST /api/v1/admin/signing-keys/rotate. */
export function rotateSigningKey({ auth, verifier }: KeyParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { overlap_s: overlapS } = parse(rotateSigningKeySchema, exchange.body);
    const { kid } = await auth.unary('RotateSigningKey', { overlapS, actor: actorOf(exchange, request) });
    verifier.doubtTokens();
    sendJson(response, 201, { kid });
  });
}

/** GET /api/v1/admin/audit: of every tenant; GET /api/v1/account/audit: of the caller's own. */
export function listAudit({ auth }: KeyParts, whose: 'all' | 'own'): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const asked = auditAsked(whose, exchange, request);
    const { limit } = asked;
    const { entries } = await auth.unary('ListAudit', asked);
    const next = entries.length === limit ? (entries.at(-1)?.seq ?? null) : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { entries: entries.map(presentAuditEntry), next });
  });
}

function auditAsked(
  whose: 'all' | 'own',
  exchange: Exchange,
  request: Request,
): ListAuditRequest & { readonly limit: number } {
  if (whose === 'own') {
    const { limit, before = 0 } = parse(listAuditQuerySchema, request.query);
    return { tenantId: callerOf(exchange).tenantId, limit, before };
  }
  const asked = parse(listAllAuditQuerySchema, request.query);
  const { limit, before = 0, tenant_id: tenantId = '', action = '', outcome } = asked;
  return { tenantId, limit, before, action, ...(outcome ? { outcome: outcomes[outcome] } : {}) };
}

function sendTenant(response: Response, status: 200 | 201, tenant: Tenant__Output | null): void {
  if (!tenant) throw internalError('no tenant in answer');
  sendJson(response, status, presentTenant(tenant));
}
