import { AppError, type Database, type Queryable } from '@sillage/kit';
import type { Tier } from '../domain/tier.ts';
import type { StoredKey } from '../domain/verdict.ts';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
}

/** A key as it may be shown at any time. */
export interface KeyRecord {
  readonly id: string;
  readonly label: string;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

export interface NewKey {
  readonly id: string;
  readonly tenantId: string;
  readonly label: string;
  readonly prefix: string;
  readonly hash: Uint8Array;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

/** Every gateway listens here; the payload is the id of a revoked key. */
const revocationChannel = 'auth_keys';

/** Enough for every machine of a large team, and a bound on what a list returns. */
const maxActiveKeys = 100;
const maxListedKeys = 1000;

const keyColumns = 'id, label, prefix, created_at, revoked_at, expires_at';
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// Declared as types, not interfaces: a query's row must fit Record<string, unknown>.
type KeyRow = {
  id: string;
  label: string;
  prefix: string;
  created_at: Date;
  revoked_at: Date | null;
  expires_at: Date | null;
};
type StoredKeyRow = {
  id: string;
  tenant_id: string;
  tier: Tier;
  hash: Buffer;
  revoked_at: Date | null;
  expires_at: Date | null;
};

/** Tenants and keys in Postgres. What belongs to another tenant is not_found. */
export class TenantStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws conflict when the name is taken. */
  async addTenant(tenant: Tenant, now: Date): Promise<void> {
    const added = await this.#database.query(
      `insert into auth.tenants (id, name, tier, created_at) values ($1, $2, $3, $4)
       on conflict (name) do nothing returning id`,
      [tenant.id, tenant.name, tenant.tier, now],
    );
    if (added.length === 0) {
      throw new AppError('conflict', 'a tenant of this name exists already; choose another name', {
        errors: [{ pointer: '/name', detail: 'is taken' }],
      });
    }
  }

  /** Throws not_found without the tenant, conflict when it has as many active keys as it may. */
  async addKey(key: NewKey): Promise<KeyRecord> {
    return this.#database.transaction(async (connection) => {
      // The lock makes two at once count one after the other.
      await assertTenant(connection, key.tenantId, 'for update');
      const [active] = await connection.query<{ count: number }>(
        `select count(*)::int as count from auth.keys
         where tenant_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`,
        [key.tenantId, key.createdAt],
      );
      if (active && active.count >= maxActiveKeys) {
        throw new AppError('conflict', `the tenant has ${maxActiveKeys} active keys; revoke one first`);
      }
      const [row] = await connection.query<KeyRow>(
        `insert into auth.keys (id, tenant_id, label, prefix, hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7) returning ${keyColumns}`,
        [key.id, key.tenantId, key.label, key.prefix, key.hash, key.createdAt, key.expiresAt ?? null],
      );
      if (!row) throw new Error('insert returned no row');
      return toRecord(row);
    });
  }

  /** Newest first, revoked ones included; the latest 1,000. Throws not_found without the tenant. */
  async listKeys(tenantId: string): Promise<readonly KeyRecord[]> {
    await assertTenant(this.#database, tenantId);
    const rows = await this.#database.query<KeyRow>(
      `select ${keyColumns} from auth.keys where tenant_id = $1 order by created_at desc, id limit $2`,
      [tenantId, maxListedKeys],
    );
    return rows.map(toRecord);
  }

  /** What is needed to judge the key with this public id. */
  async findKey(id: string): Promise<StoredKey | undefined> {
    const [row] = await this.#database.query<StoredKeyRow>(
      `select keys.id, tenant_id, tier, hash, revoked_at, expires_at
       from auth.keys join auth.tenants on tenants.id = keys.tenant_id where keys.id = $1`,
      [id],
    );
    if (!row) return undefined;
    return {
      id: row.id,
      tenantId: row.tenant_id,
      tier: row.tier,
      hash: row.hash,
      revokedAt: row.revoked_at ?? undefined,
      expiresAt: row.expires_at ?? undefined,
    };
  }

  /** Revokes and tells every gateway, both or neither. The first time counts; later ones tell again. */
  async revokeKey(tenantId: string, keyId: string, now: Date): Promise<KeyRecord> {
    if (!uuidPattern.test(tenantId)) throw noKey();
    return this.#database.transaction(async (connection) => {
      const [row] = await connection.query<KeyRow>(
        `update auth.keys set revoked_at = coalesce(revoked_at, $3)
         where id = $2 and tenant_id = $1 returning ${keyColumns}`,
        [tenantId, keyId, now],
      );
      if (!row) throw noKey();
      await connection.query('select pg_notify($1, $2)', [revocationChannel, row.id]);
      return toRecord(row);
    });
  }

  /** Writes when keys were last used, once a minute for each key whatever the number of pods. */
  async recordUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    await this.#database.query(
      `update auth.keys set last_used_at = used.at
       from unnest($1::text[], $2::timestamptz[]) as used (id, at)
       where keys.id = used.id and (last_used_at is null or last_used_at <= used.at - interval '1 minute')`,
      [[...uses.keys()], [...uses.values()]],
    );
  }
}

async function assertTenant(connection: Queryable, id: string, lock: '' | 'for update' = ''): Promise<void> {
  const rows = uuidPattern.test(id)
    ? await connection.query(`select id from auth.tenants where id = $1 ${lock}`, [id])
    : [];
  if (rows.length === 0) throw new AppError('not_found', 'there is no such tenant');
}

function noKey(): AppError {
  return new AppError('not_found', 'the tenant has no such key');
}

function toRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    label: row.label,
    prefix: row.prefix,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  };
}
