import type { AuthServiceDefinition, Key } from '@sillage/contracts';
import type { Handlers } from '@sillage/kit';
import type { KeyUseRecorder } from '../clients/key-use-recorder.ts';
import type { KeyRecord, TenantStore } from '../clients/tenant-store.ts';
import { readExpiry, readLabel, readTenantName, readTier } from '../domain/fields.ts';
import type { KeyHasher } from '../domain/key-hash.ts';
import { type Environment, keyIdOf, makeKeyText } from '../domain/key-text.ts';
import { hourlyLimits, tierToWire } from '../domain/tier.ts';
import { judge } from '../domain/verdict.ts';

export interface HandlerParts {
  readonly store: TenantStore;
  readonly hasher: KeyHasher;
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
  const { store, hasher, uses, environment, now, newId, random } = parts;
  return {
    CreateTenant: async (request) => {
      const tenant = { id: newId(), name: readTenantName(request.name), tier: readTier(request.tier) };
      await store.addTenant(tenant, now());
      return { tenant: { ...tenant, tier: tierToWire(tenant.tier) } };
    },

    VerifyKey: async ({ key: text }) => {
      const id = keyIdOf(text, environment);
      if (id === undefined) return { verdict: refusals.unknown };
      const stored = await store.findKey(id);
      const at = now();
      const verdict = judge(stored, stored !== undefined && hasher.matches(text, stored.hash), at);
      if (verdict.kind !== 'valid') return { verdict: refusals[verdict.kind] };
      const { key } = verdict;
      uses.record(key.id, at);
      const hourlyLimit = hourlyLimits[key.tier];
      return {
        verdict: 'VERDICT_VALID',
        tenantId: key.tenantId,
        keyId: key.id,
        tier: tierToWire(key.tier),
        ...(hourlyLimit === undefined ? {} : { hourlyLimit }),
      };
    },

    CreateKey: async (request) => {
      const createdAt = now();
      const label = readLabel(request.label);
      const expiresAt = readExpiry(request.expiresAt, createdAt);
      const { text, id, prefix } = makeKeyText(environment, random);
      const hash = hasher.hash(text);
      const tenantId = request.tenantId;
      const key = await store.addKey({ id, tenantId, label, prefix, hash, createdAt, expiresAt });
      return { key: present(key), secret: text };
    },

    ListKeys: async ({ tenantId }) => ({ keys: (await store.listKeys(tenantId)).map(present) }),

    RevokeKey: async ({ tenantId, keyId }) => ({
      key: present(await store.revokeKey(tenantId, keyId, now())),
    }),
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
  };
}
