import { AppError, type Database, invalidField, type Queryable } from '@sillage/kit';
import { isUuid } from '../domain/fields.ts';
import { assertHeld } from '../domain/grant.ts';
import type { Tier } from '../domain/tier.ts';
import type { KeyKind, StoredKey } from '../domain/verdict.ts';
import { type ChangeOrigin, recordChange, tellGateways } from './change.ts';
import { agreedPurposes } from './consent-store.ts';
import { assertTenant } from './tenant-store.ts';

/** A key as it may be shown at any time. */
export interface KeyRecord {
  readonly id: string;
  readonly kind: KeyKind;
  readonly label: string;
  readonly prefix: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly scopes: readonly string[];
  readonly addressRanges: readonly string[];
  readonly replaces: string | undefined;
  readonly replacedBy: string | undefined;
}

/** What can be changed of a key; what is undefined stays. */
export interface KeyChange {
  readonly label: string | undefined;
  /** Null: never. */
  readonly expiresAt: Date | null | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly addressRanges: readonly string[] | undefined;
}

export interface NewKey {
  readonly id: string;
  readonly kind: KeyKind;
  readonly tenantId: string;
  readonly label: string;
  readonly prefix: string;
  readonly hash: Uint8Array;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly scopes: readonly string[];
  readonly addressRanges: readonly string[];
}

/** Which key is meant: of this tenant, or whoever has it. */
export interface KeyName {
  readonly tenantId: string | undefined;
  /** Undefined: of either kind. */
  readonly kind: KeyKind | undefined;
  readonly id: string;
}

/** Enough for every machine of a large team, and a bound on what a list returns. */
const maxActiveKeys = 100;

const columns = `keys.id, kind, label, prefix, created_at, revoked_at, expires_at, last_used_at, scopes,
  address_ranges, replaces, (select successor.id from auth.keys successor where successor.replaces = keys.id) as
  replaced_by`;

// Declared as types, not interfaces: a query's row must fit Record<string, unknown>.
type KeyRow = {
  id: string;
  kind: KeyKind;
  label: string;
  prefix: string;
  created_at: Date;
  revoked_at: Date | null;
  expires_at: Date | null;
  last_used_at: Date | null;
  scopes: string[];
  address_ranges: string[];
  replaces: string | null;
  replaced_by: string | null;
};
type StoredKeyRow = Pick<
  KeyRow,
  'id' | 'kind' | 'revoked_at' | 'expires_at' | 'scopes' | 'address_ranges'
> & { tenant_id: string; tier: Tier; hash: Buffer; suspended_at: Date | null; consents: string[] };

/** API keys and OAuth clients in Postgres. What belongs to another tenant is not_found. */
export class KeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws not_found without the tenant, conflict when it has as many active keys as it may. */
  add(key: NewKey, origin: ChangeOrigin): Promise<KeyRecord> {
    return this.#database.transaction((connection) => addKey(connection, key, origin));
  }

  /**
   * Newest first, revoked ones included; `before` is the last one of the page before. Throws not_found without the
   * tenant, invalid_input where `before` is none of these keys.
   */
  async list(
    tenantId: string,
    kind: KeyKind,
    page: { readonly limit: number; readonly before: string },
  ): Promise<readonly KeyRecord[]> {
    await assertTenant(this.#database, tenantId);
    const mine = 'from auth.keys where tenant_id = $1 and kind = $2';
    if (page.before !== '') {
      const [known] = await this.#database.query(`select ${mine} and id = $3`, [tenantId, kind, page.before]);
      if (!known)
        throw invalidField('/before', `before must be the id of a ${kind}, as \`next\` of a page gives it`);
    }
    const rows = await this.#database.query<KeyRow>(
      `select ${columns} ${mine}
         and ($3 = '' or (created_at, id) < (select created_at, id from auth.keys where id = $3))
       order by created_at desc, id desc limit $4`,
      [tenantId, kind, page.before, page.limit],
    );
    return rows.map(toRecord);
  }

  /** What is needed to judge the key with this public id. */
  async find(kind: KeyKind, id: string): Promise<StoredKey | undefined> {
    const [row] = await this.#database.query<StoredKeyRow>(
      `select keys.id, kind, tenant_id, tier, hash, revoked_at, expires_at, scopes, address_ranges, suspended_at,
         ${agreedPurposes} as consents
       from auth.keys join auth.tenants on tenants.id = keys.tenant_id where keys.id = $1 and kind = $2`,
      [id, kind],
    );
    if (!row) return undefined;
    return {
      id: row.id,
      kind: row.kind,
      tenantId: row.tenant_id,
      tier: row.tier,
      hash: row.hash,
      scopes: row.scopes,
      addressRanges: row.address_ranges,
      revokedAt: row.revoked_at ?? undefined,
      expiresAt: row.expires_at ?? undefined,
      suspendedAt: row.suspended_at ?? undefined,
      consents: row.consents,
    };
  }

  /** The hash under the newest ENCRYPTION_KEY in the place of one under a previous. */
  async rehash(id: string, hash: Uint8Array): Promise<void> {
    await this.#database.query('update auth.keys set hash = $2 where id = $1', [id, hash]);
  }

  /** Changes what is given and tells every gateway, both or neither. */
  async update(name: KeyName, change: KeyChange, now: Date, origin: ChangeOrigin): Promise<KeyRecord> {
    return this.#database.transaction(async (connection) => {
      const { key, tenantId } = await lockKey(connection, name);
      assertHeld(key.scopes, origin.scopes);
      if (key.revokedAt) throw new AppError('conflict', `the ${key.kind} is revoked`);
      const changes: Record<string, unknown> = {
        label: change.label,
        expires_at: change.expiresAt,
        scopes: change.scopes,
        address_ranges: change.addressRanges,
      };
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      if (given.length === 0) return key;
      const sets = given.map(([column], index) => `${column} = $${index + 2}`).join(', ');
      const values = given.map(([, value]) => value);
      const [row] = await connection.query<KeyRow>(
        `update auth.keys set ${sets} where id = $1 returning ${columns}`,
        [name.id, ...values],
      );
      if (!row) throw noKey(key.kind);
      await tellGateways(connection, { key: name.id });
      await recordChange(connection, origin, now, {
        action: `${key.kind}.updated`,
        target: `${key.kind}:${name.id}`,
        tenantId,
        detail: {
          fields: given.map(([column]) => column).join(' '),
          ...(change.scopes ? { scopes: change.scopes.join(' ').slice(0, 1000) } : {}),
        },
      });
      return toRecord(row);
    });
  }

  /** Adds the successor; the old one holds until `overlapMs` have passed, or not at all. */
  async rotate(
    name: KeyName,
    successor: Pick<NewKey, 'id' | 'prefix' | 'hash'>,
    overlapMs: number,
    now: Date,
    origin: ChangeOrigin,
  ): Promise<KeyRecord> {
    return this.#database.transaction(async (connection) => {
      const { key, tenantId } = await lockKey(connection, name);
      assertHeld(key.scopes, origin.scopes);
      if (key.replacedBy !== undefined) {
        throw new AppError(
          'conflict',
          `the ${key.kind} was rotated before, to ${key.replacedBy}; rotate that one`,
        );
      }
      if (key.revokedAt || (key.expiresAt && key.expiresAt <= now)) {
        throw new AppError('conflict', `the ${key.kind} no longer holds; make a new one`);
      }
      const [row] = await connection.query<KeyRow>(
        `insert into auth.keys (id, kind, tenant_id, label, prefix, hash, created_at, expires_at, scopes,
           address_ranges, replaces)
         select $2, kind, tenant_id, label, $3, $4, $5, expires_at, scopes, address_ranges, id
         from auth.keys where id = $1 returning ${columns}`,
        [name.id, successor.id, successor.prefix, successor.hash, now],
      );
      if (!row) throw noKey(key.kind);
      if (overlapMs === 0) {
        await connection.query('update auth.keys set revoked_at = $2 where id = $1', [name.id, now]);
      } else {
        await connection.query('update auth.keys set expires_at = least(expires_at, $2) where id = $1', [
          name.id,
          new Date(now.getTime() + overlapMs),
        ]);
      }
      await tellGateways(connection, { key: name.id });
      await recordChange(connection, origin, now, {
        action: `${key.kind}.rotated`,
        target: `${key.kind}:${name.id}`,
        tenantId,
        detail: { successor: successor.id, overlap_s: String(overlapMs / 1000) },
      });
      return toRecord(row);
    });
  }

  /** Revokes and tells every gateway, both or neither. The first time counts; later ones tell again. */
  async revoke(name: KeyName, now: Date, origin: ChangeOrigin): Promise<KeyRecord> {
    return this.#database.transaction(async (connection) => {
      const { key, tenantId } = await lockKey(connection, name);
      const [row] = await connection.query<KeyRow>(
        `update auth.keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning ${columns}`,
        [name.id, now],
      );
      if (!row) throw noKey(key.kind);
      await tellGateways(connection, { key: name.id });
      if (!key.revokedAt) {
        await recordChange(connection, origin, now, {
          action: `${key.kind}.revoked`,
          target: `${key.kind}:${name.id}`,
          tenantId,
        });
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

/** Throws not_found without the tenant, conflict when it has as many active keys as it may. */
export async function addKey(transaction: Queryable, key: NewKey, origin: ChangeOrigin): Promise<KeyRecord> {
  // The lock makes two at once count one after the other.
  await assertTenant(transaction, key.tenantId, 'for update');
  const [active] = await transaction.query<{ count: number }>(
    `select count(*)::int as count from auth.keys
     where tenant_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`,
    [key.tenantId, key.createdAt],
  );
  if (active && active.count >= maxActiveKeys) {
    throw new AppError('conflict', `the tenant has ${maxActiveKeys} active keys; revoke one first`);
  }
  const [row] = await transaction.query<KeyRow>(
    `insert into auth.keys (id, kind, tenant_id, label, prefix, hash, created_at, expires_at, scopes, address_ranges)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${columns}`,
    [
      ...[key.id, key.kind, key.tenantId, key.label, key.prefix, key.hash, key.createdAt],
      ...[key.expiresAt ?? null, key.scopes, key.addressRanges],
    ],
  );
  if (!row) throw new Error('insert returned no row');
  await recordChange(transaction, origin, key.createdAt, {
    action: `${key.kind}.created`,
    target: `${key.kind}:${key.id}`,
    tenantId: key.tenantId,
    detail: { scopes: key.scopes.join(' ').slice(0, 1000) },
  });
  return toRecord(row);
}

async function lockKey(
  connection: Queryable,
  { tenantId, kind, id }: KeyName,
): Promise<{ key: KeyRecord; tenantId: string }> {
  if (tenantId !== undefined && !isUuid(tenantId)) throw noKey(kind);
  const [row] = await connection.query<KeyRow & { tenant_id: string }>(
    `select ${columns}, tenant_id from auth.keys
     where id = $1 and ($2::text is null or kind = $2) and ($3::uuid is null or tenant_id = $3) for update of keys`,
    [id, kind ?? null, tenantId ?? null],
  );
  if (!row) throw noKey(kind);
  return { key: toRecord(row), tenantId: row.tenant_id };
}

function noKey(kind: KeyKind = 'key'): AppError {
  return new AppError('not_found', `there is no such ${kind}`);
}

function toRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    kind: row.kind,
    label: row.label,
    prefix: row.prefix,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    scopes: row.scopes,
    addressRanges: row.address_ranges,
    replaces: row.replaces ?? undefined,
    replacedBy: row.replaced_by ?? undefined,
  };
}
