import type { Database } from '@sillage/kit';
import type { Span } from '../domain/fields.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import type { Partitions } from './partitions.ts';

/** What of a device's readings to read. */
export interface ReadingQuery extends Span {
  /** Most readings to return; past it the oldest or the newest of the span. */
  readonly limit: number;
  readonly keep: 'oldest' | 'newest';
}

/** Readings removed by one statement: few enough that none comes near the database's time limit. */
const removedAtOnce = 20_000;

const nearMs = 7 * 86_400_000;

type ReadingRow = { time_ms: string; channel_values: number[] };

/** Readings in Postgres, one row a reading. The caller has made sure whose device it is. */
export class ReadingStore {
  readonly #database: Database;
  readonly #partitions: Partitions;

  constructor(options: { readonly database: Database; readonly partitions: Partitions }) {
    this.#database = options.database;
    this.#partitions = options.partitions;
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
    // Most often it is near: two partitions are looked at, and not all there are.
    for (const fromMs of [toMs - nearMs, Number.MIN_SAFE_INTEGER]) {
      const [row] = await this.#database.query<{ time_ms: string }>(
        `select time_ms from sensors.readings where device_id = $1 and time_ms between $2 and $3
         order by time_ms desc limit 1`,
        [deviceId, fromMs, toMs],
      );
      if (row) return Number(row.time_ms);
    }
    return undefined;
  }

  /** Removes all readings of a device, slice by slice; done twice or after half of it, it goes on. */
  async removeAll(deviceId: string, signal: AbortSignal): Promise<void> {
    await this.#removeBefore(deviceId, Number.MAX_SAFE_INTEGER, signal);
  }

  /**
   * Removes the readings of every device from before a moment, Unix milliseconds; how many it was. What lies in
   * partitions that are past it goes with them, at once; the rest slice by slice.
   */
  async purge(beforeMs: number, signal: AbortSignal): Promise<number> {
    let dropped = 0;
    for (const name of await this.#partitions.past(beforeMs)) {
      signal.throwIfAborted();
      await this.#partitions.drop(name, async (connection) => {
        const rows = await connection.query<{ readings: string }>(
          `with gone as (select device_id, count(*) as readings from ${name} group by device_id),
           counted as (
             update sensors.devices set readings = greatest(0, devices.readings - gone.readings)
             from gone where id = device_id
           ) select coalesce(sum(readings), 0) as readings from gone`,
        );
        dropped += Number(rows[0]?.readings ?? 0);
      });
    }
    return dropped + (await this.#purgeRows(beforeMs, signal));
  }

  async #purgeRows(beforeMs: number, signal: AbortSignal): Promise<number> {
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
