import { AppError, type Database, type Queryable } from '@sillage/kit';
import { noDevice, type StreamPosition } from '../domain/fields.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import { type LastBatch, takeBatch, waitForOthers } from '../domain/write-batch.ts';
import type { Partitions } from './partitions.ts';
import { type Settling, settle } from './stream-store.ts';

interface Entry {
  readonly deviceId: string;
  readonly block: ReadingBlock;
  readonly position: StreamPosition | undefined;
  readonly readings: number;
  resolve: (stored: number | undefined) => void;
  reject: (error: unknown) => void;
}

/** A batch commits in some ten milliseconds; a single request may hold more. */
const limits = { maxReadings: 2000, maxEntries: 500 };
/** Batches at the same time: while a large request is stored, live readings go on beside it. */
const maxRunning = 2;
/** Values that wait: 64 MB. Who comes then is told to come again. */
const maxWaitingValues = 8_000_000;

const noPartition = '23514';

// In order of their ids, so that two pods never wait for each other in a circle; who removes a device waits here too.
const lockDevices = {
  name: 'sensors.lock-devices',
  text: 'select id from sensors.devices where id = any($1) order by id for no key update',
};

/** Which device, when, and where of all values its own are; how many were new of each device. */
const addReadings = {
  name: 'sensors.add-readings',
  text: `with sent as (
     select * from unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[]) as row (device_id, time_ms, first, width)
   ), added as (
     insert into sensors.readings (device_id, time_ms, channel_values)
     select device_id, time_ms, ($5::float8[])[first : first + width - 1] from sent
     on conflict do nothing
     returning device_id, time_ms
   ), due as (
     insert into sensors.hours_due (device_id, hour_ms)
     select distinct device_id, time_ms / 3600000 * 3600000 from added
     on conflict do nothing
   ), total as (
     select device_id, count(*)::int as stored, max(time_ms) as newest from added group by device_id
   )
   update sensors.devices
   set readings = readings + stored, last_reading_ms = greatest(last_reading_ms, newest)
   from total where id = device_id returning device_id, stored`,
};

/**
 * Stores readings of many devices together. While one batch is stored, and for some milliseconds, the next one fills: a
 * single sender waits for nobody and a thousand share their transactions. A call resolves when its readings are
 * committed.
 */
export class ReadingWriter {
  readonly #database: Database;
  readonly #partitions: Partitions;
  readonly #waiting: Entry[] = [];
  readonly #busy = new Set<string>();
  #running = 0;
  #waitingValues = 0;
  #last: LastBatch = { beganMs: Number.NEGATIVE_INFINITY, devices: new Set() };
  #gathering: NodeJS.Timeout | undefined;

  constructor(options: { readonly database: Database; readonly partitions: Partitions }) {
    this.#database = options.database;
    this.#partitions = options.partitions;
  }

  /**
   * Stores a block that is in the device's channels, by time and without duplicates; resolves with how many readings
   * were new. With `position` the message of a stream is settled with it; undefined, and nothing done, where it was
   * before. Rejects with conflict for a message that is not the next one, not_found when the device has gone, overloaded
   * when too much waits.
   */
  async write(
    deviceId: string,
    block: ReadingBlock,
    position: StreamPosition | undefined,
  ): Promise<number | undefined> {
    const values = block.values.length;
    if (this.#waitingValues > 0 && this.#waitingValues + values > maxWaitingValues) {
      throw new AppError(
        'overloaded',
        'readings arrive faster than they can be stored; send these again shortly',
        {
          retryAfterS: 1,
        },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    this.#waiting.push({ deviceId, block, position, readings: block.timesMs.length, resolve, reject });
    this.#waitingValues += values;
    // What arrives in the same turn of the loop goes together.
    queueMicrotask(() => this.#pump());
    try {
      return await promise;
    } finally {
      this.#waitingValues -= values;
    }
  }

  #pump(): void {
    while (this.#running < maxRunning && this.#waiting.length > 0) {
      const waitMs = waitForOthers(this.#waiting, this.#last, performance.now());
      if (waitMs > 0) {
        this.#gathering ??= setTimeout(() => {
          this.#gathering = undefined;
          this.#pump();
        }, waitMs);
        return;
      }
      const batch = takeBatch(this.#waiting, this.#busy, limits);
      if (batch.length === 0) return;
      this.#last = {
        beganMs: performance.now(),
        devices: new Set(batch.map(({ deviceId }) => deviceId)),
      };
      this.#running += 1;
      for (const { deviceId } of batch) this.#busy.add(deviceId);
      void this.#store(batch).finally(() => {
        this.#running -= 1;
        for (const { deviceId } of batch) this.#busy.delete(deviceId);
        this.#pump();
      });
    }
  }

  /** Never rejects. */
  async #store(batch: readonly Entry[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch);
      for (const { deviceId, resolve, reject } of batch) {
        const outcome = outcomes.get(deviceId);
        if (outcome instanceof AppError) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      const isAway = error instanceof AppError;
      // What the database does not take of one must not cost the others.
      if (batch.length > 1 && !isAway) for (const entry of batch) await this.#store([entry]);
      else for (const { reject } of batch) reject(error);
    }
  }

  async #commit(batch: readonly Entry[]): Promise<ReadonlyMap<string, number | undefined | AppError>> {
    await this.#partitions.ensure(timesOf(batch));
    try {
      return await this.#database.transaction((connection) => insert(connection, batch));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === noPartition)) throw error;
      // Another pod has dropped what was past its retention, or the record of what there is was wrong.
      this.#partitions.forget();
      await this.#partitions.ensure(timesOf(batch));
      return this.#database.transaction((connection) => insert(connection, batch));
    }
  }
}

function* timesOf(batch: readonly Entry[]): Iterable<number> {
  for (const { block } of batch) yield* block.timesMs;
}

async function insert(
  connection: Queryable,
  batch: readonly Entry[],
): Promise<ReadonlyMap<string, number | undefined | AppError>> {
  const outcomes = new Map<string, number | undefined | AppError>();
  const there = new Set(
    (await connection.query<{ id: string }>(lockDevices, [batch.map(({ deviceId }) => deviceId)])).map(
      ({ id }) => id,
    ),
  );
  for (const { deviceId } of batch) if (!there.has(deviceId)) outcomes.set(deviceId, noDevice());

  const numbered = batch.flatMap(({ deviceId, position }): Settling[] =>
    position && there.has(deviceId) ? [{ deviceId, position }] : [],
  );
  const settled = numbered.length > 0 ? await settle(connection, numbered) : new Map();
  for (const [deviceId, outcome] of settled) {
    if (outcome !== true) outcomes.set(deviceId, outcome === false ? undefined : outcome);
  }

  const fresh = batch.filter(({ deviceId }) => !outcomes.has(deviceId));
  if (fresh.length === 0) return outcomes;
  for (const { deviceId } of fresh) outcomes.set(deviceId, 0);
  for (const { device_id, stored } of await connection.query<{ device_id: string; stored: number }>(
    addReadings,
    columns(fresh),
  )) {
    outcomes.set(device_id, stored);
  }
  return outcomes;
}

/** Array literals: the driver would quote each of up to a million numbers. */
function columns(batch: readonly Entry[]): readonly string[] {
  const [devices, times, firsts, widths, values]: string[][] = [[], [], [], [], []];
  let first = 1;
  for (const { deviceId, block } of batch) {
    const width = block.channels.length;
    for (const time of block.timesMs) {
      devices?.push(deviceId);
      times?.push(String(time));
      firsts?.push(String(first));
      widths?.push(String(width));
      first += width;
    }
    values?.push(block.values.join(','));
  }
  return [devices, times, firsts, widths, values].map((column) => `{${column?.join(',')}}`);
}
