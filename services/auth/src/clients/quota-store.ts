import { type TierName, tierLimits } from '@sillage/contracts';
import { AppError, type Database, Grouped, type Queryable, type Row } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import { grantQuota, monthEnd, monthOf, type QuotaAsk } from '../domain/quota.ts';

export interface QuotaState {
  readonly month: string;
  readonly used: number;
  readonly limit: number | undefined;
  readonly resetsAt: Date;
}

export type JobChargeOutcome = 'charged' | 'quota_used_up' | 'too_many_jobs';

export interface JobCharge {
  readonly tenantId: string;
  readonly keyId: string;
  readonly jobId: string;
  readonly molecules: number;
  readonly at: Date;
}

export interface JobChargeAnswer {
  readonly outcome: JobChargeOutcome;
  readonly quota: QuotaState;
  readonly openJobs: number;
  readonly maxOpenJobs: number;
}

export interface JobChargeClose {
  readonly jobId: string;
  /** Molecules that were answered, all charges of the job together. */
  readonly done: number;
  readonly at: Date;
}

interface ChargeRow extends Row {
  job_id: string;
  tenant_id: string;
  key_id: string;
  month: string;
  charged: number;
  returned: number;
  counted: number;
}

interface Month {
  readonly tier: TierName;
  readonly limit: number | undefined;
  used: number;
}

/** Charges of one transaction. */
const chargesAtOnce = 100;

export interface OpenJobCharge {
  readonly jobId: string;
  readonly tenantId: string;
  readonly ageS: number;
}

/** Molecules charged to tenants' months. Each charge locks the month's row, so that two never share what is left. */
export class QuotaStore {
  readonly #database: Database;
  readonly #opening = new Grouped<JobCharge, JobChargeAnswer>({
    most: chargesAtOnce,
    run: (charges) => this.#openAll(charges),
  });
  readonly #closing = new Grouped<JobChargeClose, undefined>({
    most: chargesAtOnce,
    run: (closes) => this.#closeAll(closes),
  });

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

  /** Charges a job, or says why not. Throws not_found without the tenant, and for a job of another one. */
  openJobCharge(charge: JobCharge): Promise<JobChargeAnswer> {
    return this.#opening.add(charge);
  }

  /** Gives back what the job did not do and counts what it did; a charge that is closed stays as it is. */
  async closeJobCharge(close: JobChargeClose): Promise<void> {
    if (isUuid(close.jobId)) await this.#closing.add(close);
  }

  /** Tenants are locked in the order of their ids, here and where charges are closed, so that none waits in a circle. */
  #openAll(charges: readonly JobCharge[]): Promise<JobChargeAnswer[]> {
    const at = latest(charges);
    return this.#database.transaction(async (connection) => {
      const months = await lockMonths(
        connection,
        charges.map(({ tenantId }) => tenantId),
        at,
      );
      const open = await openJobs(connection, charges);
      const charged: JobCharge[] = [];
      const answers = charges.map((charge): JobChargeAnswer => {
        const month = months.get(charge.tenantId);
        if (!month) throw noTenant();
        const jobs = open.get(charge.tenantId) ?? { count: 0, own: new Set() };
        open.set(charge.tenantId, jobs);
        const isOpen = jobs.own.has(charge.jobId);
        const answer = {
          openJobs: jobs.count - (isOpen ? 1 : 0),
          maxOpenJobs: tierLimits[month.tier].concurrentJobs,
        };
        const refused = (outcome: JobChargeOutcome) => ({
          ...answer,
          outcome,
          quota: stateOf(at, month.used, month.limit),
        });
        if (answer.openJobs >= answer.maxOpenJobs) return refused('too_many_jobs');
        const { molecules } = charge;
        if (grantQuota({ needed: molecules, wanted: molecules }, month.used, month.limit) === undefined) {
          return refused('quota_used_up');
        }
        charged.push(charge);
        month.used += molecules;
        if (!isOpen) jobs.count += 1;
        jobs.own.add(charge.jobId);
        return { ...answer, outcome: 'charged', quota: stateOf(at, month.used, month.limit) };
      });
      if (charged.length > 0) await keepCharges(connection, charged, at);
      return answers;
    });
  }

  /** Lazy: a charge whose end is forgotten is found open, and closed again. */
  #closeAll(closes: readonly JobChargeClose[]): Promise<undefined[]> {
    const at = latest(closes);
    const done = new Map(closes.map((close) => [close.jobId, close.done]));
    return this.#database.transaction(
      async (connection) => {
        await connection.query(
          `select 1 from auth.quota_use
           where month = $2 and tenant_id in (select tenant_id from auth.job_charges where job_id = any($1) and is_open)
           order by tenant_id for update`,
          [[...done.keys()], dayOne(monthOf(at))],
        );
        const charges = await connection.query<ChargeRow>(
          `select job_id, tenant_id, key_id, to_char(month, 'YYYY-MM') as month, charged::float8, returned::float8,
             counted::float8
           from auth.job_charges where job_id = any($1) and is_open order by job_id for update`,
          [[...done.keys()]],
        );
        const ended = charges.map((charge) => {
          const did = done.get(charge.job_id) ?? 0;
          return {
            ...{ job: charge.job_id, tenant: charge.tenant_id, key: charge.key_id },
            unspent: Math.max(0, charge.charged - charge.returned - did),
            counted: Math.max(0, did - charge.counted),
            is_current: charge.month === monthOf(at),
          };
        });
        if (ended.length > 0) await keepEnds(connection, ended, at);
        return closes.map(() => undefined);
      },
      { isLazy: true },
    );
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
async function lockMonth(connection: Queryable, tenantId: string, at: Date): Promise<Month> {
  const month = (await lockMonths(connection, [tenantId], at)).get(tenantId);
  if (!month) throw noTenant();
  return month;
}

/** The months of tenants, locked until the transaction ends; who is no tenant has none. */
async function lockMonths(
  connection: Queryable,
  tenantIds: readonly string[],
  at: Date,
): Promise<Map<string, Month>> {
  type Locked = { id: string; tier: TierName; molecules: number };
  const rows = await connection.query<Locked>(
    // An update that changes nothing locks the row and returns it, also where it was there before.
    `with tenant as (select id, tier from auth.tenants where id = any($1)), locked as (
       insert into auth.quota_use as q (tenant_id, month, molecules) select id, $2::date, 0 from tenant order by id
       on conflict (tenant_id, month) do update set molecules = q.molecules
       returning q.tenant_id, q.molecules::float8
     ) select t.id, t.tier, l.molecules from tenant t join locked l on l.tenant_id = t.id`,
    [[...new Set(tenantIds.filter(isUuid))], dayOne(monthOf(at))],
  );
  return new Map(
    rows.map(({ id, tier, molecules }) => [
      id,
      { tier, limit: tierLimits[tier].moleculesPerMonth, used: molecules },
    ]),
  );
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

/** Open charges by tenant, and which of the jobs asked for are among them; asked once the months are locked. */
async function openJobs(
  connection: Queryable,
  charges: readonly JobCharge[],
): Promise<Map<string, { count: number; readonly own: Set<string> }>> {
  const rows = await connection.query<{ tenant_id: string; count: number; own: string[] | null }>(
    `select tenant_id, count(*)::int as count, array_agg(job_id::text) filter (where job_id = any($2)) as own
     from auth.job_charges where tenant_id = any($1) and is_open group by tenant_id`,
    [[...new Set(charges.map(({ tenantId }) => tenantId))], charges.map(({ jobId }) => jobId)],
  );
  return new Map(rows.map(({ tenant_id, count, own }) => [tenant_id, { count, own: new Set(own ?? []) }]));
}

/** Throws not_found where a job belongs to another tenant. */
async function keepCharges(connection: Queryable, charges: readonly JobCharge[], at: Date): Promise<void> {
  const kept = await connection.query(
    `with charge as (
       select * from jsonb_to_recordset($1) as r (job uuid, tenant uuid, key text, molecules bigint)
     ), used as (
       update auth.quota_use q set molecules = q.molecules + s.molecules
       from (select tenant, sum(molecules)::bigint as molecules from charge group by tenant) s
       where q.tenant_id = s.tenant and q.month = $2
     )
     insert into auth.job_charges as c (job_id, tenant_id, key_id, month, charged, charged_at, seen_at)
     select job, tenant, key, $2, molecules, $3, $3 from charge
     on conflict (job_id) do update set charged = c.charged + excluded.charged, is_open = true,
       month = excluded.month, charged_at = excluded.charged_at, seen_at = excluded.seen_at
       where c.tenant_id = excluded.tenant_id
     returning job_id`,
    [
      JSON.stringify(
        charges.map(({ jobId, tenantId, keyId, molecules }) => ({
          ...{ job: jobId, tenant: tenantId, key: keyId, molecules },
        })),
      ),
      dayOne(monthOf(at)),
      at,
    ],
  );
  if (kept.length < charges.length) throw new AppError('not_found', 'the tenant has no such job');
}

/** Closes charges, gives back what was not done this month and counts what was. */
async function keepEnds(
  connection: Queryable,
  ended: readonly {
    readonly job: string;
    readonly tenant: string;
    readonly key: string;
    readonly unspent: number;
    readonly counted: number;
    readonly is_current: boolean;
  }[],
  at: Date,
): Promise<void> {
  await connection.query(
    `with ended as (
       select * from jsonb_to_recordset($1) as r (job uuid, tenant uuid, key text, unspent bigint, counted bigint,
         is_current boolean)
     ), closed as (
       update auth.job_charges c set is_open = false, returned = c.returned + e.unspent, counted = c.counted + e.counted
       from ended e where c.job_id = e.job
     ), given_back as (
       update auth.quota_use q set molecules = greatest(0, q.molecules - s.unspent)
       from (select tenant, sum(unspent)::bigint as unspent from ended where is_current group by tenant) s
       where q.tenant_id = s.tenant and q.month = $2 and s.unspent > 0
     )
     insert into auth.usage as u (tenant_id, day, endpoint, key_id, requests, molecules, errors)
     select tenant, $3::date, '/api/v1/jobs', key, 0, sum(counted), 0 from ended group by tenant, key order by tenant, key
     on conflict (tenant_id, day, endpoint, key_id) do update set molecules = u.molecules + excluded.molecules`,
    [JSON.stringify(ended), dayOne(monthOf(at)), at.toISOString().slice(0, 10)],
  );
}

/** Of calls that came together: they are within the same moment. */
function latest(calls: readonly { readonly at: Date }[]): Date {
  return new Date(Math.max(...calls.map(({ at }) => at.getTime())));
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
