import type { Database, Queryable } from '@sillage/kit';
import type { Bucket } from '../domain/history.ts';
import type { Partitions } from './partitions.ts';

const hourMs = 3_600_000;

/** Hours summarised by one call of `summarise`. */
const hoursAtOnce = 500;

type BucketRow = {
  time_ms: string;
  readings: number;
  means: (number | null)[];
  minima: (number | null)[];
  maxima: (number | null)[];
};

/**
 * One row a bucket and device, from rows of (device_id, time_ms, channel_values). An end stop and what is not a number
 * are as in the readings: NaN is no measurement and counts nowhere.
 */
function summary(source: string, widthMs: number): string {
  return `
    select device_id, bucket as time_ms, max(readings)::int as readings,
      array_agg(mean order by channel)::real[] as means,
      array_agg(low order by channel)::real[] as minima,
      array_agg(high order by channel)::real[] as maxima
    from (
      select device_id, time_ms / ${widthMs} * ${widthMs} as bucket, channel, count(*) as readings,
        avg(nullif(value, 'NaN')) as mean, min(nullif(value, 'NaN')) as low, max(nullif(value, 'NaN')) as high
      from (${source}) as source cross join lateral unnest(channel_values) with ordinality as v (value, channel)
      group by 1, 2, 3
    ) as cell group by 1, 2`;
}

/** Minutes and hours of readings in Postgres, kept longer than the readings. */
export class HistoryStore {
  readonly #database: Database;
  readonly #minutes: Partitions;

  constructor(options: { readonly database: Database; readonly minutes: Partitions }) {
    this.#database = options.database;
    this.#minutes = options.minutes;
  }

  /**
   * Minutes or hours of a span by time, at most `limit`. Hours that are not summarised yet are summed up from their
   * readings, so that an answer holds all that was stored.
   */
  async read(
    deviceId: string,
    query: {
      readonly resolution: 'minute' | 'hour';
      readonly fromMs: number;
      readonly toMs: number;
      readonly limit: number;
    },
  ): Promise<readonly Bucket[]> {
    const [table, widthMs] =
      query.resolution === 'minute' ? ['reading_minutes', 60_000] : ['reading_hours', hourMs];
    const fresh = `
      select r.device_id, r.time_ms, r.channel_values from sensors.hours_due as due
      join sensors.readings as r on r.device_id = due.device_id
        and r.time_ms >= due.hour_ms and r.time_ms < due.hour_ms + ${hourMs}
        and r.time_ms between $2::bigint / ${widthMs} * ${widthMs} and $3
      where due.device_id = $1 and due.hour_ms between $2::bigint / ${hourMs} * ${hourMs} and $3`;
    const rows = await this.#database.query<BucketRow>(
      `select time_ms, readings, means, minima, maxima from (
         select device_id, time_ms, readings, means, minima, maxima from sensors.${table} as kept
         where device_id = $1 and time_ms between $2::bigint / ${widthMs} * ${widthMs} and $3 and not exists (
           select from sensors.hours_due as due
           where due.device_id = $1 and due.hour_ms = kept.time_ms / ${hourMs} * ${hourMs}
         )
         union all ${summary(fresh, widthMs)}
       ) as bucket order by time_ms limit $4`,
      [deviceId, query.fromMs, query.toMs, query.limit],
    );
    return rows.map(({ time_ms, readings, means, minima, maxima }) => ({
      timeMs: Number(time_ms),
      readings,
      means: means.map(numberOf),
      minima: minima.map(numberOf),
      maxima: maxima.map(numberOf),
    }));
  }

  /**
   * Sums up hours that are over, at most some hundreds, and tells how many it was. Readings that come later, in a
   * backfill, make their hour due again. An hour whose readings are gone keeps the summary it has.
   */
  async summarise(nowMs: number, signal: AbortSignal): Promise<number> {
    const due = await this.#database.query<{ device_id: string; hour_ms: string }>(
      `select device_id, hour_ms from sensors.hours_due where hour_ms <= $1 order by hour_ms limit ${hoursAtOnce}`,
      // Two minutes for what is on its way.
      [nowMs - hourMs - 120_000],
    );
    await this.#minutes.ensure(due.map(({ hour_ms }) => Number(hour_ms)));
    for (const { device_id, hour_ms } of due) {
      signal.throwIfAborted();
      await this.#database.transaction((connection) => summariseHour(connection, device_id, Number(hour_ms)));
    }
    return due.length;
  }

  /** Removes minutes and hours from before moments, Unix milliseconds; how many hours and tables of minutes. */
  async purge(
    before: { readonly minutesMs: number; readonly hoursMs: number },
    signal: AbortSignal,
  ): Promise<number> {
    let gone = 0;
    for (const name of await this.#minutes.past(before.minutesMs)) {
      signal.throwIfAborted();
      await this.#minutes.drop(name, async () => {});
      gone += 1;
    }
    const [hours] = await this.#database.query<{ count: number }>(
      `with gone as (delete from sensors.reading_hours where time_ms < $1 returning 1)
       select count(*)::int as count from gone`,
      [before.hoursMs],
    );
    return gone + (hours?.count ?? 0);
  }
}

async function summariseHour(connection: Queryable, deviceId: string, fromHourMs: number): Promise<void> {
  // Whoever stores readings of the device at this moment is waited for, and waits: none falls between.
  await connection.query('select from sensors.devices where id = $1 for no key update', [deviceId]);
  const source = `select device_id, time_ms, channel_values from sensors.readings
    where device_id = $1 and time_ms >= $2::bigint and time_ms < $2::bigint + ${hourMs}`;
  for (const [table, widthMs] of [
    ['reading_minutes', 60_000],
    ['reading_hours', hourMs],
  ] as const) {
    await connection.query(
      `insert into sensors.${table} (device_id, time_ms, readings, means, minima, maxima)
       ${summary(source, widthMs)}
       on conflict (device_id, time_ms) do update set readings = excluded.readings,
         means = excluded.means, minima = excluded.minima, maxima = excluded.maxima`,
      [deviceId, fromHourMs],
    );
  }
  await connection.query('delete from sensors.hours_due where device_id = $1 and hour_ms = $2', [
    deviceId,
    fromHourMs,
  ]);
}

function numberOf(value: number | null): number {
  return value ?? Number.NaN;
}
