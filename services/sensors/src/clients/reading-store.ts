import type { Database, Queryable } from '@sillage/kit';
import { noDevice, type Span, type StreamPosition } from '../domain/fields.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import { settle } from './stream-store.ts';

/** What of a device's readings to read. */
export interface ReadingQuery extends Span {
  /** Most readings to return; past it the oldest or the newest of the span. */
  readonly limit: number;
  readonly keep: 'oldest' | 'newest';
}

/** Readings removed by one statement: few enough that none comes near the database's time limit. */
const removedAtOnce = 20_000;

type ReadingRow = { time_ms: string; channel_values: number[] };

/** Readings in Postgres, one row a reading. The caller has made sure whose device it is. */
export class ReadingStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores a block that is in the device's channels, by time and without duplicates, in one statement; resolves with how
   * many were new. The order by time keeps two senders of the same readings from waiting for each other in a circle.
   * Throws not_found when the device has gone.
   */
  add(deviceId: string, block: ReadingBlock): Promise<number> {
    return unlessGone(insert(this.#database, deviceId, block));
  }

  /**
   * As `add`, for a message of a stream that is settled with it; undefined, and nothing done, where it was before.
   * Throws conflict for a message that is not the next one.
   */
  addOfStream(deviceId: string, block: ReadingBlock, position: StreamPosition): Promise<number | undefined> {
    return unlessGone(
      this.#database.transaction(async (connection) =>
        (await settle(connection, deviceId, position)) ? insert(connection, deviceId, block) : undefined,
      ),
    );
  }

  /** Readings of a span by time, oldest first. */
  async read(deviceId: string, channels: readonly string[], query: ReadingQuery): Promise<ReadingBlock> {
    const order = query.keep === 'oldest' ? 'asc' : 'desc';
    const rows = await this.#database.query<ReadingRow>(
      `select time_ms, channel_values from sensors.readings
       where device_id = $1 and time_ms between $2 and $3
       order by time_ms ${order} limit $4`,
      [deviceId, query.fromMs ?? Number.MIN_SAFE_INTEGER, query.toMs ?? Number.MAX_SAFE_INTEGER, query.limit],
    );
    if (order === 'desc') rows.reverse();
    const values = new Float64Array(rows.length * channels.length);
    for (const [row, { channel_values }] of rows.entries()) values.set(channel_values, row * channels.length);
    return { channels, timesMs: rows.map(({ time_ms }) => Number(time_ms)), values };
  }

  /** Time of the newest reading, at `toMs` or before. */
  async newest(deviceId: string, toMs: number): Promise<number | undefined> {
    const [row] = await this.#database.query<{ time_ms: string }>(
      `select time_ms from sensors.readings where device_id = $1 and time_ms <= $2
       order by time_ms desc limit 1`,
      [deviceId, toMs],
    );
    return row && Number(row.time_ms);
  }

  /** Removes all readings of a device, slice by slice; done twice or after half of it, it goes on. */
  async removeAll(deviceId: string, signal: AbortSignal): Promise<void> {
    await this.#removeBefore(deviceId, Number.MAX_SAFE_INTEGER, signal);
  }

  /** Removes the readings of every device from before a moment, Unix milliseconds; how many it was. */
  async purge(beforeMs: number, signal: AbortSignal): Promise<number> {
    const devices = await this.#database.query<{ id: string }>(
      `select id from sensors.devices as device
       where exists (select from sensors.readings where device_id = device.id and time_ms < $1)`,
      [beforeMs],
    );
    let removed = 0;
    for (const { id } of devices) removed += await this.#removeBefore(id, beforeMs, signal);
    return removed;
  }

  async #removeBefore(deviceId: string, beforeMs: number, signal: AbortSignal): Promise<number> {
    let removed = 0;
    for (;;) {
      signal.throwIfAborted();
      const [slice] = await this.#database.query<{ count: number }>(
        `with gone as (
           delete from sensors.readings where device_id = $1 and time_ms <= (
             select max(time_ms) from (
               select time_ms from sensors.readings where device_id = $1 and time_ms < $3
               order by time_ms limit $2
             ) as slice
           ) returning 1
         ), total as (select count(*)::int as count from gone), counted as (
           update sensors.devices set readings = greatest(0, readings - total.count) from total where id = $1
         ) select count from total`,
        [deviceId, removedAtOnce, beforeMs],
      );
      const count = slice?.count ?? 0;
      removed += count;
      if (count < removedAtOnce) return removed;
    }
  }
}

async function insert(queryable: Queryable, deviceId: string, block: ReadingBlock): Promise<number> {
  const [outcome] = await queryable.query<{ stored: number }>(
    `with added as (
       insert into sensors.readings (device_id, time_ms, channel_values)
       select $1, time_ms, ($3::float8[])[(row - 1) * $4 + 1 : row * $4]
       from unnest($2::bigint[]) with ordinality as sent (time_ms, row)
       on conflict do nothing
       returning time_ms
     ), total as (select count(*)::int as stored, max(time_ms) as newest from added)
     update sensors.devices
     set readings = readings + total.stored, last_reading_ms = greatest(last_reading_ms, total.newest)
     from total where id = $1 returning total.stored`,
    // Array literals: the driver would quote each of up to a million numbers.
    [deviceId, `{${block.timesMs.join(',')}}`, `{${block.values.join(',')}}`, block.channels.length],
  );
  if (!outcome) throw noDevice();
  return outcome.stored;
}

const foreignKeyViolation = '23503';

async function unlessGone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === foreignKeyViolation;
    throw isGone ? noDevice() : error;
  }
}
