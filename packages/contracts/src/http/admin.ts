import { z } from 'zod';
import type { AuditEntry__Output } from '../generated/sillage/auth/v1/AuditEntry.ts';
import type { Erasure__Output } from '../generated/sillage/auth/v1/Erasure.ts';
import type { Tenant__Output } from '../generated/sillage/auth/v1/Tenant.ts';
import type { Tier__Output } from '../generated/sillage/auth/v1/Tier.ts';
import { type TierName, tierNames } from '../tiers.ts';
import { flag, oneOf, queryNumber, shape, text, wholeNumber } from './fields.ts';

const toWire = {
  free: 'TIER_FREE',
  basic: 'TIER_BASIC',
  pro: 'TIER_PRO',
  enterprise: 'TIER_ENTERPRISE',
} as const satisfies Record<TierName, Tier__Output>;

export function tierToMessage(tier: TierName): (typeof toWire)[TierName] {
  return toWire[tier];
}

/** A tier of a later version than ours counts as the lowest. */
export function tierFromMessage(tier: Tier__Output): TierName {
  return tierNames.find((name) => toWire[name] === tier) ?? 'free';
}

export const createTenantSchema = shape({
  name: text(1, 100),
  tier: oneOf(tierNames).default('free'),
}).meta({ id: 'CreateTenantRequest', example: { name: 'Maison Lune', tier: 'pro' } });

export const updateTenantSchema = shape({
  tier: oneOf(tierNames).optional(),
  suspended: flag()
    .optional()
    .meta({ description: 'True: none of its credentials holds until it is false again.' }),
}).meta({
  id: 'UpdateTenantRequest',
  description: 'What is absent stays as it is.',
  example: { tier: 'basic' },
});

export const tenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    tier: z.enum(tierNames),
    created_at: z.string(),
    suspended_at: z.string().nullable(),
  })
  .meta({
    id: 'Tenant',
    example: {
      id: '0b0f6f0e-6f0c-4b7e-9a37-0c1f7a3c9f10',
      name: 'Maison Lune',
      tier: 'pro',
      created_at: '2026-11-21T10:00:00.000Z',
      suspended_at: null,
    },
  });
export type TenantJson = z.infer<typeof tenantSchema>;

export const listTenantsQuerySchema = shape({
  limit: queryNumber(1, 100).default(50).meta({ description: 'How many at most.' }),
  before: text(1, 100).optional().meta({ description: '`next` of the page before.' }),
  search: text(1, 100).optional().meta({ description: 'Part of the name, whatever its case, or the id.' }),
  tier: oneOf(tierNames).optional().meta({ description: 'Only those of this tier.' }),
});

export const tenantListSchema = z
  .object({ tenants: z.array(tenantSchema), next: z.string().nullable() })
  .meta({ id: 'TenantList', description: 'Newest first.' });

export const erasureSchema = z
  .object({
    tenant_id: z.string(),
    asked_at: z.string(),
    erased_at: z.string().nullable().meta({ description: 'When every service had erased what it had.' }),
    closed_at: z
      .string()
      .nullable()
      .meta({ description: 'When they had looked once more for what was still on its way.' }),
  })
  .meta({
    id: 'Erasure',
    description: 'All that stays of a tenant beside its rows in the audit log.',
    example: {
      tenant_id: '0b0f6f0e-6f0c-4b7e-9a37-0c1f7a3c9f10',
      asked_at: '2026-11-21T10:00:00.000Z',
      erased_at: '2026-11-21T10:00:01.000Z',
      closed_at: null,
    },
  });
export type ErasureJson = z.infer<typeof erasureSchema>;

export const eraseQuerySchema = shape({
  confirm: text(1, 100).meta({ description: 'The tenant’s id, so that nothing is erased by mistake.' }),
});

export const erasureListSchema = z
  .object({ erasures: z.array(erasureSchema) })
  .meta({ id: 'ErasureList', description: 'Newest first; the latest 100.' });

export const rotateSigningKeySchema = shape({
  overlap_s: wholeNumber(0, 86_400)
    .default(1800)
    .meta({ description: 'Seconds that tokens of the old key go on to hold; 0 makes them void at once.' }),
}).meta({ id: 'RotateSigningKeyRequest', example: { overlap_s: 1800 } });

export const rotatedSigningKeySchema = z
  .object({ kid: z.string().meta({ description: 'Id of the key that signs from now on.' }) })
  .meta({ id: 'RotatedSigningKey', example: { kid: '9f0c2b7a1d3e5f60' } });

export const listAuditQuerySchema = shape({
  limit: queryNumber(1, 200).default(50).meta({ description: 'How many at most.' }),
  before: queryNumber(1, 1e15).optional().meta({ description: '`next` of the page before.' }),
});

export const listAllAuditQuerySchema = shape({
  ...listAuditQuerySchema.shape,
  tenant_id: text(1, 100).optional().meta({ description: 'Only what is about this tenant.' }),
  action: text(1, 100)
    .optional()
    .meta({ description: 'Only this action, or those that begin so: `key.` for all about keys.' }),
  outcome: oneOf(['done', 'refused', 'failed']).optional().meta({ description: 'Only what ended so.' }),
});

export const auditEntrySchema = z.object({
  seq: z.number().int(),
  at: z.string(),
  actor: z.string().meta({ description: 'key:ID, client:ID, service:NAME or operator.' }),
  tenant_id: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  address: z.string().nullable().meta({ description: 'Keyed hash of the network address.' }),
  request_id: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  detail: z.record(z.string(), z.string()),
  hash: z.string().meta({ description: 'SHA-256 over this row and the hash of the one before, hex.' }),
});

export const auditListSchema = z
  .object({ entries: z.array(auditEntrySchema), next: z.number().int().nullable() })
  .meta({ id: 'AuditList', description: 'Newest first.' });
export type AuditEntryJson = z.infer<typeof auditEntrySchema>;

export function presentTenant(tenant: Tenant__Output): TenantJson {
  return {
    id: tenant.id,
    name: tenant.name,
    tier: tierFromMessage(tenant.tier),
    created_at: tenant.createdAt,
    suspended_at: tenant.suspendedAt || null,
  };
}

export function presentErasure(erasure: Erasure__Output): ErasureJson {
  return {
    tenant_id: erasure.tenantId,
    asked_at: erasure.askedAt,
    erased_at: erasure.erasedAt || null,
    closed_at: erasure.closedAt || null,
  };
}

const outcomes = {
  AUDIT_OUTCOME_UNSPECIFIED: 'done',
  AUDIT_OUTCOME_DONE: 'done',
  AUDIT_OUTCOME_REFUSED: 'refused',
  AUDIT_OUTCOME_FAILED: 'failed',
} as const;

export function presentAuditEntry(entry: AuditEntry__Output): AuditEntryJson {
  return {
    seq: entry.seq,
    at: entry.at,
    actor: entry.actor,
    tenant_id: entry.tenantId || null,
    action: entry.action,
    target: entry.target,
    address: entry.address || null,
    request_id: entry.requestId,
    outcome: outcomes[entry.outcome],
    detail: entry.detail,
    hash: entry.hash,
  };
}
