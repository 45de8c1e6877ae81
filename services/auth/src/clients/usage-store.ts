import type { Database } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';

export interface UsageSums {
  readonly requests: number;
  readonly molecules: number;
  readonly errors: number;
}

export interface UsageRecord extends UsageSums {
  readonly tenantId: string;
  readonly keyId: string;
  /** Route pattern. */
  readonly endpoint: string;
  /** "2026-11-21", UTC. */
  readonly day: string;
}

export type UsageGroup = 'day' | 'endpoint' | 'key';
export type GroupedUsage = UsageSums & {
  readonly day: string;
  readonly endpoint: string;
  readonly keyId: string;
};

const columns = { day: 'day', endpoint: 'endpoint', key: 'key_id' } as const;
const maxRows = 10_000;
const pageRows = 5000;

/** What was used, by day. */
export class UsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a batch; one that was counted already changes nothing. Rows of tenants that are gone are left out. */
  async record(batchId: string, rows: readonly UsageRecord[]): Promise<void> {
    const known = rows.filter(({ tenantId }) => isUuid(tenantId));
    await this.#database.transaction(async (connection) => {
      const isNew = await connection.query(
        'insert into auth.usage_batches (id, recorded_at) values ($1, now()) on conflict do nothing returning id',
        [batchId],
      );
      if (isNew.length === 0) return;
      await connection.query(
        `insert into auth.usage as u (tenant_id, day, endpoint, key_id, requests, molecules, errors)
         select r.* from unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
           as r (tenant_id, day, endpoint, key_id, requests, molecules, errors)
         join auth.tenants t on t.id = r.tenant_id
         order by r.tenant_id, r.day, r.endpoint, r.key_id
         on conflict (tenant_id, day, endpoint, key_id) do update set requests = u.requests + excluded.requests,
           molecules = u.molecules + excluded.molecules, errors = u.errors + excluded.errors`,
        [
          known.map(({ tenantId }) => tenantId),
          known.map(({ day }) => day),
          known.map(({ endpoint }) => endpoint),
          known.map(({ keyId }) => keyId),
          known.map(({ requests }) => requests),
          known.map(({ molecules }) => molecules),
          known.map(({ errors }) => errors),
        ],
      );
      await connection.query(`delete from auth.usage_batches where recorded_at < now() - interval '1 day'`);
    });
  }

  /** Deletes usage, and charges of jobs that have ended, of more than so many days ago; how many rows it was. */
  async purge(days: number): Promise<number> {
    const age = `interval '1 day' * $1`;
    const deleted = await Promise.all([
      this.#database.query(`delete from auth.usage where day < current_date - ${age} returning 1 as gone`, [
        days,
      ]),
      this.#database.query(
        `delete from auth.quota_use where month < current_date - ${age} returning 1 as gone`,
        [days],
      ),
      this.#database.query(
        `delete from auth.job_charges where not is_open and charged_at < now() - ${age} returning 1 as gone`,
        [days],
      ),
    ]);
    return deleted.flat().length;
  }

  /** All rows of a tenant by day, endpoint and key, at most 5,000 after `after`. */
  async list(
    tenantId: string,
    after: Omit<UsageRecord, keyof UsageSums> | undefined,
  ): Promise<UsageRecord[]> {
    if (!isUuid(tenantId)) return [];
    return this.#database.query<UsageRecord & Record<string, unknown>>(
      `select tenant_id as "tenantId", to_char(day, 'YYYY-MM-DD') as day, endpoint, key_id as "keyId",
         requests::float8, molecules::float8, errors::float8
       from auth.usage where tenant_id = $1 and ($2::date is null or (usage.day, endpoint, key_id) > ($2, $3, $4))
       order by usage.day, endpoint, key_id limit ${pageRows}`,
      [tenantId, after?.day ?? null, after?.endpoint ?? '', after?.keyId ?? ''],
    );
  }

  /** Sums from the first day to the last, both included. Undefined: more rows than are answered. */
  async find(ask: {
    tenantId: string;
    from: string;
    to: string;
    groupBy: readonly UsageGroup[];
  }): Promise<readonly GroupedUsage[] | undefined> {
    if (!isUuid(ask.tenantId)) return [];
    const groups = (Object.keys(columns) as UsageGroup[]).filter((group) => ask.groupBy.includes(group));
    const chosen = groups.map((group) => columns[group]);
    type UsageRow = {
      day?: string;
      endpoint?: string;
      key_id?: string;
      requests: number;
      molecules: number;
      errors: number;
    };
    const rows = await this.#database.query<UsageRow>(
      `select ${chosen.map((column) => `${column === 'day' ? `to_char(day, 'YYYY-MM-DD') as day` : column},`).join(' ')}
         coalesce(sum(requests), 0)::float8 as requests, coalesce(sum(molecules), 0)::float8 as molecules,
         coalesce(sum(errors), 0)::float8 as errors
       from auth.usage u where tenant_id = $1 and u.day between $2 and $3
       ${chosen.length > 0 ? `group by ${chosen.map((name) => `u.${name}`).join()} order by ${chosen.map((name) => `u.${name}`).join()}` : ''}
       limit ${maxRows + 1}`,
      [ask.tenantId, ask.from, ask.to],
    );
    if (rows.length > maxRows) return undefined;
    return rows.map(({ key_id, day, endpoint, requests, molecules, errors }) => ({
      day: day ?? '',
      endpoint: endpoint ?? '',
      keyId: key_id ?? '',
      requests,
      molecules,
      errors,
    }));
  }
}
