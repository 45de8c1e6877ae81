import { AppError, type Database } from '@sillage/kit';

export interface ArrayRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly deviceIds: readonly string[];
  readonly createdAt: Date;
}

export const maxArrays = 200;

type ArrayRow = { id: string; tenant_id: string; name: string; device_ids: string[]; created_at: Date };

/** Sensor arrays in Postgres. What belongs to another tenant is not_found. */
export class ArrayStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws conflict when the tenant has as many arrays as it may. */
  async add(array: ArrayRecord): Promise<void> {
    await this.#database.transaction(async (connection) => {
      // Two at once count one after the other.
      await connection.query('select pg_advisory_xact_lock(hashtextextended($1, 2))', [array.tenantId]);
      const [owned] = await connection.query<{ count: number }>(
        'select count(*)::int as count from sensors.arrays where tenant_id = $1',
        [array.tenantId],
      );
      if (owned && owned.count >= maxArrays) {
        throw new AppError('conflict', `a tenant has at most ${maxArrays} arrays; delete one first`);
      }
      await connection.query(
        'insert into sensors.arrays (id, tenant_id, name, device_ids, created_at) values ($1, $2, $3, $4, $5)',
        [array.id, array.tenantId, array.name, array.deviceIds, array.createdAt],
      );
    });
  }

  /** Newest first. */
  async list(tenantId: string): Promise<readonly ArrayRecord[]> {
    const rows = await this.#database.query<ArrayRow>(
      'select * from sensors.arrays where tenant_id = $1 order by created_at desc, id',
      [tenantId],
    );
    return rows.map(toRecord);
  }

  /** Throws not_found. */
  async get(tenantId: string, id: string): Promise<ArrayRecord> {
    const [row] = await this.#database.query<ArrayRow>(
      'select * from sensors.arrays where tenant_id = $1 and id = $2',
      [tenantId, id],
    );
    if (!row) throw noArray();
    return toRecord(row);
  }

  /** Throws not_found. */
  async remove(tenantId: string, id: string): Promise<void> {
    const removed = await this.#database.query(
      'delete from sensors.arrays where tenant_id = $1 and id = $2 returning id',
      [tenantId, id],
    );
    if (removed.length === 0) throw noArray();
  }

  async removeAll(tenantId: string): Promise<void> {
    await this.#database.query('delete from sensors.arrays where tenant_id = $1', [tenantId]);
  }
}

export function noArray(): AppError {
  return new AppError('not_found', 'the tenant has no such array');
}

function toRecord(row: ArrayRow): ArrayRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    deviceIds: row.device_ids,
    createdAt: row.created_at,
  };
}
