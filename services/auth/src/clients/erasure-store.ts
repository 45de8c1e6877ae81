import type { Database, Queryable } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import { type ChangeOrigin, recordChange, tellGateways } from './change.ts';
import { assertTenant, noTenant } from './tenant-store.ts';

/** What stays of a tenant that was erased. */
export interface Erasure {
  readonly tenantId: string;
  readonly askedAt: Date;
  readonly erasedAt: Date | undefined;
  readonly closedAt: Date | undefined;
}

/** Longer than a request that came in before the keys went can still write, an upload aside: its job is refused. */
const settleS = 120;

type ErasureRow = { tenant_id: string; asked_at: Date; erased_at: Date | null; closed_at: Date | null };

/** Tenants that were erased, in Postgres. */
export class ErasureStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Removes all that auth has of a tenant but its audit rows, and leaves a tombstone. Throws not_found. */
  async begin(tenantId: string, at: Date, origin: ChangeOrigin): Promise<Erasure> {
    return this.#database.transaction(async (connection) => {
      const known = await find(connection, tenantId);
      if (known) return known;
      await assertTenant(connection, tenantId, 'for update');
      // What refers to the tenant and is not a key goes with it.
      await connection.query('delete from auth.keys where tenant_id = $1', [tenantId]);
      await connection.query('insert into auth.erasures (tenant_id, asked_at) values ($1, $2)', [
        tenantId,
        at,
      ]);
      await tellGateways(connection, { tenant: tenantId });
      // While the tenant still has its salt.
      await recordChange(connection, origin, at, {
        action: 'tenant.erased',
        target: `tenant:${tenantId}`,
        tenantId,
      });
      await connection.query('delete from auth.tenants where id = $1', [tenantId]);
      return { tenantId, askedAt: at, erasedAt: undefined, closedAt: undefined };
    });
  }

  /** Newest first; or those with something left to be done, oldest first. */
  async list(isDue: boolean, limit: number): Promise<readonly Erasure[]> {
    const rows = await this.#database.query<ErasureRow>(
      isDue
        ? `select * from auth.erasures
           where closed_at is null and (erased_at is null or erased_at < now() - interval '${settleS} s')
           order by asked_at limit $1`
        : 'select * from auth.erasures order by asked_at desc, tenant_id limit $1',
      [limit],
    );
    return rows.map(toErasure);
  }

  /** Notes that every service has erased what it had; `closes`: for the last time. Throws not_found. */
  async record(tenantId: string, closes: boolean, at: Date, origin: ChangeOrigin): Promise<Erasure> {
    return this.#database.transaction(async (connection) => {
      const known = await find(connection, tenantId, 'for update');
      if (!known) throw noTenant();
      const [row] = await connection.query<ErasureRow>(
        `update auth.erasures set erased_at = coalesce(erased_at, $2),
           closed_at = case when $3 then coalesce(closed_at, $2) else closed_at end
         where tenant_id = $1 returning *`,
        [tenantId, at, closes],
      );
      if (!known.erasedAt) {
        await recordChange(connection, origin, at, {
          action: 'tenant.erasure.finished',
          target: `tenant:${tenantId}`,
          tenantId,
        });
      }
      return row ? toErasure(row) : known;
    });
  }
}

async function find(
  connection: Queryable,
  tenantId: string,
  lock: '' | 'for update' = '',
): Promise<Erasure | undefined> {
  if (!isUuid(tenantId)) return undefined;
  const [row] = await connection.query<ErasureRow>(
    `select * from auth.erasures where tenant_id = $1 ${lock}`,
    [tenantId],
  );
  return row && toErasure(row);
}

function toErasure(row: ErasureRow): Erasure {
  return {
    tenantId: row.tenant_id,
    askedAt: row.asked_at,
    erasedAt: row.erased_at ?? undefined,
    closedAt: row.closed_at ?? undefined,
  };
}
