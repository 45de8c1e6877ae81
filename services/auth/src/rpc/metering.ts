import type {
  AuthServiceDefinition,
  QuotaState as QuotaStateWire,
  UsageGroup__Output,
} from '@sillage/contracts';
import { type Database, type Handlers, invalidField } from '@sillage/kit';
import { z } from 'zod';
import { type JobChargeOutcome, type QuotaState, QuotaStore } from '../clients/quota-store.ts';
import { type UsageGroup, type UsageRecord, UsageStore } from '../clients/usage-store.ts';
import { isUuid } from '../domain/fields.ts';
import { tierToWire } from '../domain/tier.ts';

type Metering =
  | 'ReserveQuota'
  | 'ReturnQuota'
  | 'OpenJobCharge'
  | 'CloseJobCharge'
  | 'ListOpenJobCharges'
  | 'RecordUsage'
  | 'GetUsage'
  | 'ListUsage'
  | 'GetAccount';

const maxMolecules = 1_000_000_000;
const maxUsageRows = 10_000;
const maxUsageDays = 366;
const dayMs = 86_400_000;

/** What tenants use and what they may: quotas of molecules, charges of jobs, usage by day. */
export function meteringHandlers(parts: {
  readonly database: Database;
  readonly now: () => Date;
}): Pick<Handlers<AuthServiceDefinition>, Metering> {
  const { now } = parts;
  const quotas = new QuotaStore(parts.database);
  const usage = new UsageStore(parts.database);
  return {
    ReserveQuota: async ({ tenantId, needed, wanted, spent }) => {
      for (const [field, value] of Object.entries({ needed, wanted, spent })) assertMolecules(field, value);
      const { granted, quota } = await quotas.reserve(tenantId, { needed, wanted, spent }, now());
      return { isGranted: granted !== undefined, granted: granted ?? 0, quota: present(quota) };
    },

    ReturnQuota: async ({ tenantId, month, molecules }) => {
      assertMolecules('molecules', molecules);
      await quotas.giveBack(tenantId, month, molecules, now());
      return {};
    },

    OpenJobCharge: async ({ tenantId, keyId, jobId, molecules }) => {
      assertMolecules('molecules', molecules);
      if (!isUuid(jobId)) throw invalidField('/job_id', 'job_id must be a UUID');
      const charge = await quotas.openJobCharge({ tenantId, keyId, jobId, molecules, at: now() });
      const { outcome, quota, openJobs, maxOpenJobs } = charge;
      return { outcome: outcomes[outcome], quota: present(quota), openJobs, maxOpenJobs };
    },

    CloseJobCharge: async ({ jobId, done }) => {
      assertMolecules('done', done);
      await quotas.closeJobCharge({ jobId, done, at: now() });
      return {};
    },

    ListOpenJobCharges: async ({ tenantId, limit, notSeenForS }) => {
      if (limit < 1 || limit > 1000) throw invalidField('/limit', 'limit must be from 1 to 1000');
      if (tenantId !== '' && !isUuid(tenantId)) return { charges: [] };
      const ask = { tenantId: tenantId || undefined, limit, notSeenForS };
      return { charges: [...(await quotas.openJobCharges(ask, now()))] };
    },

    RecordUsage: async ({ batchId, rows }) => {
      if (!isUuid(batchId)) throw invalidField('/batch_id', 'batch_id must be a UUID');
      if (rows.length > maxUsageRows) {
        throw invalidField('/rows', `a batch may hold ${maxUsageRows} rows; this has ${rows.length}`);
      }
      await usage.record(batchId, mergeRows(rows));
      return {};
    },

    GetUsage: async ({ tenantId, from, to, groupBy }) => {
      assertDays(from, to);
      const ask = { tenantId, from, to, groupBy: groupBy.flatMap(toGroup) };
      const rows = await usage.find(ask);
      if (!rows) throw invalidField('/to', 'that is more than 10,000 rows; ask for fewer days or groups');
      return { rows: rows.map((row) => ({ ...row, tenantId })) };
    },

    ListUsage: async ({ tenantId, after }) => ({ rows: await usage.list(tenantId, after ?? undefined) }),

    GetAccount: async ({ tenantId }) => {
      const { tenant, createdAt, quota, openJobs } = await quotas.account(tenantId, now());
      return {
        tenant: { ...tenant, tier: tierToWire(tenant.tier) },
        createdAt: createdAt.toISOString(),
        quota: present(quota),
        openJobs,
      };
    },
  };
}

const outcomes = {
  charged: 'OUTCOME_CHARGED',
  quota_used_up: 'OUTCOME_QUOTA_USED_UP',
  too_many_jobs: 'OUTCOME_TOO_MANY_JOBS',
} as const satisfies Record<JobChargeOutcome, string>;

function toGroup(wire: UsageGroup__Output | number): UsageGroup[] {
  switch (wire) {
    case 'USAGE_GROUP_DAY':
      return ['day'];
    case 'USAGE_GROUP_ENDPOINT':
      return ['endpoint'];
    case 'USAGE_GROUP_KEY':
      return ['key'];
    default:
      return [];
  }
}

function present({ month, used, limit, resetsAt }: QuotaState): QuotaStateWire {
  return { month, used, resetsAt: resetsAt.toISOString(), ...(limit === undefined ? {} : { limit }) };
}

/** One row for each key of the table: an upsert must not meet a row twice. */
function mergeRows(rows: readonly UsageRecord[]): UsageRecord[] {
  const merged = new Map<string, UsageRecord>();
  for (const row of rows) {
    if (!isDay(row.day)) throw invalidField('/rows', 'the day of a row must be a date such as 2026-11-21');
    const key = JSON.stringify([row.tenantId, row.day, row.endpoint, row.keyId]);
    const known = merged.get(key);
    merged.set(key, {
      ...row,
      requests: row.requests + (known?.requests ?? 0),
      molecules: row.molecules + (known?.molecules ?? 0),
      errors: row.errors + (known?.errors ?? 0),
    });
  }
  return [...merged.values()];
}

function assertMolecules(field: string, value: number): void {
  if (value > maxMolecules) throw invalidField(`/${field}`, `${field} must be at most ${maxMolecules}`);
}

function assertDays(from: string, to: string): void {
  for (const [field, value] of Object.entries({ from, to })) {
    if (!isDay(value)) throw invalidField(`/${field}`, `${field} must be a date such as 2026-11-21`);
  }
  if (to < from) throw invalidField('/to', 'to must not lie before from');
  if ((Date.parse(to) - Date.parse(from)) / dayMs > maxUsageDays) {
    throw invalidField('/to', `to must lie at most ${maxUsageDays} days after from`);
  }
}

function isDay(text: string): boolean {
  return z.iso.date().safeParse(text).success;
}
