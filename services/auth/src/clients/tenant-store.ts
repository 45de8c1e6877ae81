import { AppError, type Database, type Queryable } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import type { Tier } from '../domain/tier.ts';
import type { StoredKey } from '../domain/verdict.ts';
import { appendAudit } from './audit-log.ts';

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
  readonly scopes: readonly string[];
}

/** Who changes something, as the audit log tells it. */
export interface ChangeOrigin {
  readonly actor: string;
  readonly address: string;
  readonly requestId: string;
}

export interface NewKey {
  readonly id: string;
  readonly tenantId: string;
  readonly label: string;
  readonly prefix: string;
  readonly hash: Uint8Array;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly scopes: readonly string[];
}

/** Every gateway listens here; the payload is the id of a revoked key. */
const revocationChannel = 'auth_keys';

/** Enough for every machine of a large team, and a bound on what a list returns. */
const maxActiveKeys = 100;
const maxListedKeys = 1000;

const keyColumns = 'id, label, prefix, created_at, revoked_at, expires_at, scopes';

// Declared as types, not interfaces: a query's row must fit Record<string, unknown>.
type KeyRow = {
  id: string;
  label: string;
  prefix: string;
  created_at: Date;
  revoked_at: Date | null;
  expires_at: Date | null;
  scopes: string[];
};
type StoredKeyRow = {
  id: string;
  tenant_id: string;
  tier: Tier;
  hash: Buffer;
  revoked_at: Date | null;
  expires_at: Date | null;
  scopes: string[];
};

/** Tenants and keys in Postgres. What belongs to another tenant is not_found. */
export class TenantStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws conflict when the name is taken. */
  async addTenant(tenant: Tenant, now: Date, origin: ChangeOrigin): Promise<void> {
    await this.#database.transaction(async (connection) => {
      const added = await connection.query(
        `insert into auth.tenants (id, name, tier, created_at) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning id`,
        [tenant.id, tenant.name, tenant.tier, now],
      );
      if (added.length === 0) {
        throw new AppError('conflict', 'a tenant of this name exists already; choose another name', {
          errors: [{ pointer: '/name', detail: 'is taken' }],
        });
      }
      await record(connection, origin, now, {
        action: 'tenant.created',
        target: `tenant:${tenant.id}`,
        tenantId: tenant.id,
        detail: { tier: tenant.tier },
      });
    });
  }

  /** Throws not_found without the tenant, conflict when it has as many active keys as it may. */
  async addKey(key: NewKey, origin: ChangeOrigin): Promise<KeyRecord> {
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
        `insert into auth.keys (id, tenant_id, label, prefix, hash, created_at, expires_at, scopes)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${keyColumns}`,
        [
          ...[key.id, key.tenantId, key.label, key.prefix, key.hash, key.createdAt],
          ...[key.expiresAt ?? null, key.scopes],
        ],
      );
      if (!row) throw new Error('insert returned no row');
      await record(connection, origin, key.createdAt, {
        action: 'key.created',
        target: `key:${key.id}`,
        tenantId: key.tenantId,
        detail: { scopes: key.scopes.join(' ') },
      });
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
      `select keys.id, tenant_id, tier, hash, revoked_at, expires_at, scopes
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
      scopes: row.scopes,
    };
  }

  /** Revokes and tells every gateway, both or neither. The first time counts; later ones tell again. */
  async revokeKey(tenantId: string, keyId: string, now: Date, origin: ChangeOrigin): Promise<KeyRecord> {
    if (!isUuid(tenantId)) throw noKey();
    return this.#database.transaction(async (connection) => {
      const [row] = await connection.query<KeyRow>(
        `update auth.keys set revoked_at = coalesce(revoked_at, $3)
         where id = $2 and tenant_id = $1 returning ${keyColumns}`,
        [tenantId, keyId, now],
      );
      if (!row) throw noKey();
      await connection.query('select pg_notify($1, $2)', [revocationChannel, row.id]);
      if (row.revoked_at?.getTime() === now.getTime()) {
        await record(connection, origin, now, { action: 'key.revoked', target: `key:${row.id}`, tenantId });
      }
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

/** What was done, told in the transaction that does it. */
function record(
  connection: Queryable,
  origin: ChangeOrigin,
  at: Date,
  event: { action: string; target: string; tenantId: string; detail?: Readonly<Record<string, string>> },
): Promise<number> {
  const { actor, address, requestId } = origin;
  return appendAudit(connection, { at, actor, address, requestId, outcome: 'done', detail: {}, ...event });
}

async function assertTenant(connection: Queryable, id: string, lock: '' | 'for update' = ''): Promise<void> {
  const rows = isUuid(id)
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
    scopes: row.scopes,
  };
}
