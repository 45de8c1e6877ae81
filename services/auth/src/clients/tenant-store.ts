import { AppError, type Database, invalidField, type Queryable } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import type { Tier } from '../domain/tier.ts';
import { type ChangeOrigin, recordChange, tellGateways } from './change.ts';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly createdAt: Date;
  readonly suspendedAt: Date | undefined;
}

const columns = 'id, name, tier, created_at, suspended_at';

// Declared as a type, not an interface: a query's row must fit Record<string, unknown>.
type TenantRow = { id: string; name: string; tier: Tier; created_at: Date; suspended_at: Date | null };

/** Tenants in Postgres. */
export class TenantStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws conflict when the name is taken. */
  add(tenant: Omit<Tenant, 'suspendedAt'>, origin: ChangeOrigin): Promise<Tenant> {
    return this.#database.transaction((connection) => addTenant(connection, tenant, origin));
  }

  /** Throws not_found without one. */
  async get(id: string): Promise<Tenant> {
    const rows = isUuid(id)
      ? await this.#database.query<TenantRow>(`select ${columns} from auth.tenants where id = $1`, [id])
      : [];
    const [row] = rows;
    if (!row) throw noTenant();
    return toTenant(row);
  }

  /** Newest first; `before` is the last one of the page before. Throws invalid_input where it is none. */
  async list({
    limit,
    before,
    search,
    tier,
  }: {
    readonly limit: number;
    readonly before: string;
    /** Part of the name, whatever its case, or the id; empty: all. */
    readonly search: string;
    readonly tier: Tier | undefined;
  }): Promise<readonly Tenant[]> {
    const from =
      before === ''
        ? undefined
        : await this.get(before).catch((error: unknown) => {
            if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
            throw invalidField('/before', 'before must be the id of a tenant, as `next` of a page gives it');
          });
    const rows = await this.#database.query<TenantRow>(
      `select ${columns} from auth.tenants
       where ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid))
         and ($4 = '' or position(lower($4) in lower(name)) > 0 or id::text = lower($4))
         and ($5::text is null or tier = $5)
       order by created_at desc, id desc limit $3`,
      [from?.createdAt ?? null, from?.id ?? null, limit, search, tier ?? null],
    );
    return rows.map(toTenant);
  }

  /** Changes what is given and tells every gateway, both or neither. Throws not_found. */
  async update(
    id: string,
    change: { readonly tier: Tier | undefined; readonly suspended: boolean | undefined },
    now: Date,
    origin: ChangeOrigin,
  ): Promise<Tenant> {
    return this.#database.transaction(async (connection) => {
      await assertTenant(connection, id, 'for update');
      const [row] = await connection.query<TenantRow>(
        `update auth.tenants set tier = coalesce($2, tier),
           suspended_at = case when $3::boolean is null then suspended_at
             when $3 then coalesce(suspended_at, $4) end
         where id = $1 returning ${columns}`,
        [id, change.tier ?? null, change.suspended ?? null, now],
      );
      if (!row) throw noTenant();
      await tellGateways(connection, { tenant: id });
      await recordChange(connection, origin, now, {
        action: 'tenant.updated',
        target: `tenant:${id}`,
        tenantId: id,
        detail: {
          ...(change.tier === undefined ? {} : { tier: change.tier }),
          ...(change.suspended === undefined ? {} : { suspended: String(change.suspended) }),
        },
      });
      return toTenant(row);
    });
  }
}

/** Throws conflict when the name is taken. */
export async function addTenant(
  transaction: Queryable,
  tenant: Omit<Tenant, 'suspendedAt'>,
  origin: ChangeOrigin,
): Promise<Tenant> {
  const added = await transaction.query(
    `insert into auth.tenants (id, name, tier, created_at) values ($1, $2, $3, $4)
     on conflict (name) do nothing returning id`,
    [tenant.id, tenant.name, tenant.tier, tenant.createdAt],
  );
  if (added.length === 0) {
    throw new AppError('conflict', 'a tenant of this name exists already; choose another name', {
      errors: [{ pointer: '/name', detail: 'is taken' }],
    });
  }
  await recordChange(transaction, origin, tenant.createdAt, {
    action: 'tenant.created',
    target: `tenant:${tenant.id}`,
    tenantId: tenant.id,
    detail: { tier: tenant.tier },
  });
  return { ...tenant, suspendedAt: undefined };
}

/** Throws not_found; with a lock, changes of one tenant come one after the other. */
export async function assertTenant(
  connection: Queryable,
  id: string,
  lock: '' | 'for update' = '',
): Promise<void> {
  const rows = isUuid(id)
    ? await connection.query(`select id from auth.tenants where id = $1 ${lock}`, [id])
    : [];
  if (rows.length === 0) throw noTenant();
}

export function noTenant(): AppError {
  return new AppError('not_found', 'there is no such tenant');
}

function toTenant(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    tier: row.tier,
    createdAt: row.created_at,
    suspendedAt: row.suspended_at ?? undefined,
  };
}
