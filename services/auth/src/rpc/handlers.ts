import { type AuthServiceDefinition, type Key, tierLimits } from '@sillage/contracts';
import type { Database, Handlers, Keyring, RequestContext } from '@sillage/kit';
import { appendAudit } from '../clients/audit-log.ts';
import type { KeyUseRecorder } from '../clients/key-use-recorder.ts';
import type { KeyRecord, TenantStore } from '../clients/tenant-store.ts';
import { readExpiry, readLabel, readTenantName, readTier } from '../domain/fields.ts';
import { grant } from '../domain/grant.ts';
import { type Environment, keyIdOf, keyPurpose, makeKeyText } from '../domain/key-text.ts';
import { tierToWire } from '../domain/tier.ts';
import { judge } from '../domain/verdict.ts';
import { meteringHandlers } from './metering.ts';
import { originOf } from './origin.ts';
import { readAuditEvent } from './record-audit.ts';

export interface HandlerParts {
  readonly store: TenantStore;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly uses: KeyUseRecorder;
  readonly environment: Environment;
  now: () => Date;
  newId: () => string;
  random: (bytes: number) => Uint8Array;
}

const refusals = {
  unknown: 'VERDICT_UNKNOWN',
  revoked: 'VERDICT_REVOKED',
  expired: 'VERDICT_EXPIRED',
} as const;

/** AuthService: each method reads its request, calls the domain and the store, and shows the outcome. */
export function authHandlers(parts: HandlerParts): Handlers<AuthServiceDefinition> {
  const { store, database, keyring, uses, environment, now, newId, random } = parts;
  const origin = (actor: Parameters<typeof originOf>[0], context: RequestContext) =>
    originOf(actor, context, keyring);
  return {
    ...meteringHandlers({ database, now }),

    CreateTenant: async (request, context) => {
      const tenant = { id: newId(), name: readTenantName(request.name), tier: readTier(request.tier) };
      await store.addTenant(tenant, now(), origin(request.actor, context));
      return { tenant: { ...tenant, tier: tierToWire(tenant.tier) } };
    },

    VerifyKey: async ({ key: text }) => {
      const id = keyIdOf(text, environment);
      if (id === undefined) return { verdict: refusals.unknown };
      const stored = await store.findKey(id);
      const at = now();
      const verdict = judge(
        stored,
        stored !== undefined && keyring.matches(text, stored.hash, keyPurpose) !== undefined,
        at,
      );
      if (verdict.kind !== 'valid') return { verdict: refusals[verdict.kind] };
      const { key } = verdict;
      uses.record(key.id, at);
      const hourlyLimit = tierLimits[key.tier].requestsPerHour;
      return {
        verdict: 'VERDICT_VALID',
        tenantId: key.tenantId,
        keyId: key.id,
        tier: tierToWire(key.tier),
        scopes: [...key.scopes],
        ...(hourlyLimit === undefined ? {} : { hourlyLimit }),
      };
    },

    CreateKey: async (request, context) => {
      const by = origin(request.actor, context);
      const createdAt = now();
      const label = readLabel(request.label);
      const expiresAt = readExpiry(request.expiresAt, createdAt);
      const scopes = grant(request.scopes, by.scopes);
      const { text, id, prefix } = makeKeyText(environment, random);
      const hash = keyring.hash(text, keyPurpose);
      const tenantId = request.tenantId;
      const key = await store.addKey({ id, tenantId, label, prefix, hash, createdAt, expiresAt, scopes }, by);
      return { key: present(key), secret: text };
    },

    ListKeys: async ({ tenantId }) => ({ keys: (await store.listKeys(tenantId)).map(present) }),

    RevokeKey: async ({ tenantId, keyId, actor }, context) => ({
      key: present(await store.revokeKey(tenantId, keyId, now(), origin(actor, context))),
    }),

    RecordAudit: async (request, context) => {
      const event = readAuditEvent(request, origin(request.actor, context), now());
      return { seq: await database.transaction((transaction) => appendAudit(transaction, event)) };
    },
  };
}

function present(key: KeyRecord): Key {
  return {
    id: key.id,
    label: key.label,
    prefix: key.prefix,
    createdAt: key.createdAt.toISOString(),
    revokedAt: key.revokedAt?.toISOString() ?? '',
    expiresAt: key.expiresAt?.toISOString() ?? '',
    scopes: [...key.scopes],
  };
}
