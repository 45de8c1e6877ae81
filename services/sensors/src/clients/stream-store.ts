import { AppError, type Database, type Queryable } from '@sillage/kit';
import type { StreamPosition } from '../domain/fields.ts';

/** Streams of a device that are remembered: those that were used last. */
const maxStreams = 100;

/** How far numbered streams of readings have come, in Postgres. */
export class StreamStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of the last message settled; 0 where none is. */
  async settled(deviceId: string, session: string): Promise<number> {
    const [row] = await this.#database.query<{ settled: string }>(
      'select settled from sensors.streams where device_id = $1 and session = $2',
      [deviceId, session],
    );
    return Number(row?.settled ?? 0);
  }

  /** Settles a message without storing anything of it; settled already, it stays so. Throws as `settle` does. */
  async refuse(deviceId: string, position: StreamPosition): Promise<void> {
    await this.#database.transaction((connection) => settle(connection, deviceId, position));
  }
}

/**
 * Settles a message within the transaction that stores it; false: it was before. Two senders of one stream wait for
 * each other here. Throws conflict for a number that is not the next one.
 */
export async function settle(
  connection: Queryable,
  deviceId: string,
  { session, sequence }: StreamPosition,
): Promise<boolean> {
  const [advanced] = await connection.query(
    `insert into sensors.streams as stream (device_id, session, settled, touched_at)
     select $1, $2, $3::bigint, now()
     where $3::bigint = 1 or exists (select from sensors.streams where device_id = $1 and session = $2)
     on conflict (device_id, session) do update set settled = excluded.settled, touched_at = now()
     where stream.settled = excluded.settled - 1
     returning settled`,
    [deviceId, session, sequence],
  );
  if (advanced) {
    if (sequence === 1) await forgetOldest(connection, deviceId);
    return true;
  }
  const [row] = await connection.query<{ settled: string }>(
    'select settled from sensors.streams where device_id = $1 and session = $2',
    [deviceId, session],
  );
  const settled = Number(row?.settled ?? 0);
  if (sequence <= settled) return false;
  throw new AppError(
    'conflict',
    `the next message of this stream has the number ${settled + 1}, not ${sequence}`,
    {
      extra: { expected: settled + 1 },
    },
  );
}

async function forgetOldest(connection: Queryable, deviceId: string): Promise<void> {
  await connection.query(
    `delete from sensors.streams where device_id = $1 and session in (
       select session from sensors.streams where device_id = $1 order by touched_at desc, session offset $2
     )`,
    [deviceId, maxStreams],
  );
}
