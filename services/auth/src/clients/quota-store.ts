import { type TierName, tierLimits } from '@sillage/contracts';
import { AppError, type Database, type Queryable } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import { grantQuota, monthEnd, monthOf, type QuotaAsk } from '../domain/quota.ts';

export interface QuotaState {
  readonly month: string;
  readonly used: number;
  readonly limit: number | undefined;
  readonly resetsAt: Date;
}

export type JobChargeOutcome = 'charged' | 'quota_used_up' | 'too_many_jobs';

export interface OpenJobCharge {
  readonly jobId: string;
  readonly tenantId: string;
  readonly ageS: number;
}

/** Molecules charged to tenants' months. Each charge locks the month's row, so that two never share what is left. */
export class QuotaStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `spent` is charged whatever is left; then the ask is granted or not. */
  async reserve(
    tenantId: string,
    ask: QuotaAsk & { readonly spent: number },
    at: Date,
  ): Promise<{ granted: number | undefined; quota: QuotaState }> {
    return this.#database.transaction(async (connection) => {
      const { limit, used } = await lockMonth(connection, tenantId, at);
      const granted = grantQuota(ask, used + ask.spent, limit);
      const charged = ask.spent + (granted ?? 0);
      await addUse(connection, tenantId, monthOf(at), charged);
      return { granted, quota: stateOf(at, used + charged, limit) };
    });
  }

  async giveBack(tenantId: string, month: string, molecules: number, at: Date): Promise<void> {
    if (!isUuid(tenantId) || month !== monthOf(at)) return;
    await addUse(this.#database, tenantId, month, -molecules);
  }

  /** Charges a job, or says why not. */
  async openJobCharge(
    charge: { tenantId: string; keyId: string; jobId: string; molecules: number },
    at: Date,
  ): Promise<{ outcome: JobChargeOutcome; quota: QuotaState; openJobs: number; maxOpenJobs: number }> {
    const { tenantId, keyId, jobId, molecules } = charge;
    return this.#database.transaction(async (connection) => {
      const { tier, limit, used } = await lockMonth(connection, tenantId, at);
      const openJobs = await countOpenJobs(connection, tenantId, jobId);
      const maxOpenJobs = tierLimits[tier].concurrentJobs;
      const answer = { openJobs, maxOpenJobs };
      if (openJobs >= maxOpenJobs) {
        return { ...answer, outcome: 'too_many_jobs', quota: stateOf(at, used, limit) };
      }
      if (grantQuota({ needed: molecules, wanted: molecules }, used, limit) === undefined) {
        return { ...answer, outcome: 'quota_used_up', quota: stateOf(at, used, limit) };
      }
      await addUse(connection, tenantId, monthOf(at), molecules);
      const charged = await connection.query(
        `insert into auth.job_charges as c (job_id, tenant_id, key_id, month, charged, charged_at, seen_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (job_id) do update set charged = c.charged + excluded.charged, is_open = true,
           month = excluded.month, charged_at = excluded.charged_at, seen_at = excluded.seen_at
           where c.tenant_id = excluded.tenant_id
         returning job_id`,
        [jobId, tenantId, keyId, dayOne(monthOf(at)), molecules, at],
      );
      if (charged.length === 0) throw new AppError('not_found', 'the tenant has no such job');
      return { ...answer, outcome: 'charged', quota: stateOf(at, used + molecules, limit) };
    });
  }

  /** Gives back what the job did not do and counts what it did; a charge that is closed stays as it is. */
  async closeJobCharge(jobId: string, done: number, at: Date): Promise<void> {
    if (!isUuid(jobId)) return;
    await this.#database.transaction(async (connection) => {
      type Charge = {
        tenant_id: string;
        key_id: string;
        month: string;
        charged: number;
        returned: number;
        counted: number;
      };
      const [charge] = await connection.query<Charge>(
        `select tenant_id, key_id, to_char(month, 'YYYY-MM') as month, charged::float8, returned::float8, counted::float8
         from auth.job_charges where job_id = $1 and is_open for update`,
        [jobId],
      );
      if (!charge) return;
      const unspent = Math.max(0, charge.charged - charge.returned - done);
      const counted = Math.max(0, done - charge.counted);
      await connection.query(
        `update auth.job_charges set is_open = false, returned = returned + $2, counted = counted + $3 where job_id = $1`,
        [jobId, unspent, counted],
      );
      if (charge.month === monthOf(at)) await addUse(connection, charge.tenant_id, charge.month, -unspent);
      await connection.query(
        `insert into auth.usage as u (tenant_id, day, endpoint, key_id, requests, molecules, errors)
         values ($1, $2, '/api/v1/jobs', $3, 0, $4, 0)
         on conflict (tenant_id, day, endpoint, key_id) do update set molecules = u.molecules + excluded.molecules`,
        [charge.tenant_id, at.toISOString().slice(0, 10), charge.key_id, counted],
      );
    });
  }

  /** Open charges that nobody looked at for a while; marks them as looked at. */
  async openJobCharges(
    ask: { tenantId: string | undefined; limit: number; notSeenForS: number },
    at: Date,
  ): Promise<readonly OpenJobCharge[]> {
    const rows = await this.#database.query<{ job_id: string; tenant_id: string; age_s: number }>(
      `update auth.job_charges c set seen_at = $4::timestamptz
       from (select job_id from auth.job_charges
             where is_open and ($1::uuid is null or tenant_id = $1) and seen_at <= $4::timestamptz - make_interval(secs => $3)
             order by seen_at limit $2 for update skip locked) as chosen
       where c.job_id = chosen.job_id
       returning c.job_id, c.tenant_id, extract(epoch from $4::timestamptz - c.charged_at)::float8 as age_s`,
      [ask.tenantId ?? null, ask.limit, ask.notSeenForS, at],
    );
    return rows.map(({ job_id, tenant_id, age_s }) => ({
      jobId: job_id,
      tenantId: tenant_id,
      ageS: Math.max(0, Math.floor(age_s)),
    }));
  }

  /** The tenant with the state of its month. Throws not_found without the tenant. */
  async account(tenantId: string, at: Date) {
    type Account = {
      name: string;
      tier: TierName;
      created_at: Date;
      charged: number;
      answered: number;
      jobs: number;
    };
    const [row] = isUuid(tenantId)
      ? await this.#database.query<Account>(
          `select name, tier, created_at,
             coalesce((select molecules from auth.quota_use where tenant_id = t.id and month = $2), 0)::float8 as charged,
             coalesce((select sum(molecules) from auth.usage
                       where tenant_id = t.id and day >= $2 and day < $2::date + interval '1 month'), 0)::float8 as answered,
             (select count(*) from auth.job_charges where tenant_id = t.id and is_open)::int as jobs
           from auth.tenants t where id = $1`,
          [tenantId, dayOne(monthOf(at))],
        )
      : [];
    if (!row) throw noTenant();
    const limit = tierLimits[row.tier].moleculesPerMonth;
    return {
      tenant: { id: tenantId, name: row.name, tier: row.tier },
      createdAt: row.created_at,
      // Without a limit gateways reserve nothing; what was answered is what was used.
      quota: stateOf(at, limit === undefined ? row.answered : row.charged, limit),
      openJobs: row.jobs,
    };
  }
}

/** The tenant's month, locked until the transaction ends. Throws not_found without the tenant. */
async function lockMonth(connection: Queryable, tenantId: string, at: Date) {
  const [tenant] = isUuid(tenantId)
    ? await connection.query<{ tier: TierName }>('select tier from auth.tenants where id = $1', [tenantId])
    : [];
  if (!tenant) throw noTenant();
  const [row] = await connection.query<{ molecules: number }>(
    // An update that changes nothing locks the row and returns it, also where it was there before.
    `insert into auth.quota_use as q (tenant_id, month, molecules) values ($1, $2, 0)
     on conflict (tenant_id, month) do update set molecules = q.molecules returning molecules::float8`,
    [tenantId, dayOne(monthOf(at))],
  );
  return { tier: tenant.tier, limit: tierLimits[tenant.tier].moleculesPerMonth, used: row?.molecules ?? 0 };
}

async function addUse(
  connection: Queryable,
  tenantId: string,
  month: string,
  molecules: number,
): Promise<void> {
  if (molecules === 0) return;
  await connection.query(
    'update auth.quota_use set molecules = greatest(0, molecules + $3) where tenant_id = $1 and month = $2',
    [tenantId, dayOne(month), molecules],
  );
}

/** Open charges of the tenant beside this job's own. */
async function countOpenJobs(connection: Queryable, tenantId: string, jobId: string): Promise<number> {
  const [row] = await connection.query<{ count: number }>(
    'select count(*)::int as count from auth.job_charges where tenant_id = $1 and is_open and job_id <> $2',
    [tenantId, jobId],
  );
  return row?.count ?? 0;
}

function stateOf(at: Date, used: number, limit: number | undefined): QuotaState {
  return { month: monthOf(at), used, limit, resetsAt: monthEnd(at) };
}

function dayOne(month: string): string {
  return `${month}-01`;
}

function noTenant(): AppError {
  return new AppError('not_found', 'there is no such tenant');
}
