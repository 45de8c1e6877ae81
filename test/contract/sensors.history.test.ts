import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog, sqlSchema } from '@sillage/kit';
import pg from 'pg';
import { startTestPostgres } from '../support/postgres.ts';
import {
  block,
  columns,
  rowsOf,
  type SensorsBench,
  type SensorsClient,
  startSensorsBench,
  steady,
} from '../support/sensors.ts';

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
/** The beginning of an hour some days ago. */
const hour = Math.floor(Date.now() / hourMs) * hourMs - 72 * hourMs;

let bench: SensorsBench;
let client: SensorsClient;

beforeAll(async () => {
  bench = await startSensorsBench();
  ({ client } = bench);
}, 60_000);
afterAll(() => bench.stop());

async function until(isDone: () => Promise<boolean>) {
  const deadline = Date.now() + 10_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('what was waited for has not come');
    await delay(20);
  }
}

const level = (answer: { readonly channels: readonly string[] }, bytes: Buffer, row: number, name: string) =>
  bytes.readDoubleLE((row * answer.channels.length + answer.channels.indexOf(name)) * 8);

test('readings lie in partitions by week, made when they are needed and ahead of the clock', async () => {
  const key = await bench.makeDevice();
  const weeks = [0, 3, 40].map((back) => hour - back * weekMs);
  await client.unary('IngestReadings', {
    ...key,
    block: columns(['NO2'], weeks, [[1], [2], [3]]),
  });
  const places = await bench.sql(
    'select distinct tableoid::regclass::text as name from sensors.readings where device_id = $1 order by 1',
    [key.deviceId],
  );
  expect(places.map(({ name }) => name)).toEqual(
    weeks.map((time) => `sensors.readings_${Math.floor(time / weekMs)}`).toSorted(),
  );
  const next = Math.floor(Date.now() / weekMs) + 1;
  await until(async () => {
    const [ahead] = await bench.sql('select to_regclass($1) as name', [`sensors.readings_${next}`]);
    return ahead?.['name'] !== null;
  });
});

test('a partition that another pod dropped is made again by whoever needs it', async () => {
  const key = await bench.makeDevice();
  const time = hour - 60 * weekMs;
  const send = (at: number) =>
    client.unary('IngestReadings', { ...key, block: columns(['NO2'], [at], [[1]]) });
  await send(time);
  await bench.sql(`drop table sensors.readings_${Math.floor(time / weekMs)}`);
  expect(await send(time + 1000)).toMatchObject({ stored: 1 });
});

test('of one call what cannot have been measured then is refused by itself, and the rest is stored', async () => {
  const key = await bench.makeDevice();
  const times = [0, hour, Date.UTC(2100, 0, 1), hour + 1000, Date.UTC(2001, 0, 1)];
  const answer = await client.unary('IngestReadings', {
    ...key,
    block: columns(
      ['NO2'],
      times,
      times.map((_, row) => [row]),
    ),
  });
  expect(answer).toMatchObject({
    stored: 2,
    refusedTotal: 3,
    refused: [
      { index: 0, kind: 'clock_not_set', detail: expect.stringMatching(/clock of the device is not set/) },
      { index: 2, kind: 'in_future', detail: expect.stringMatching(/check the clock/) },
      { index: 4, kind: 'too_old', detail: expect.stringMatching(/not kept that long/) },
    ],
  });
  expect(answer.findings.filter(({ channel }) => channel === '').map(({ kind }) => kind)).toEqual([
    'clock_not_set',
    'in_future',
    'too_old',
  ]);
  const { block: stored } = await client.unary('ListReadings', { ...key, limit: 10 });
  expect(rowsOf(stored).map(({ NO2 }) => NO2)).toEqual([1, 3]);
});

test('many devices at once: each is told of its own, and one that is gone costs the others nothing', async () => {
  const keys = await Promise.all(Array.from({ length: 40 }, () => bench.makeDevice()));
  const [gone, ...others] = keys;
  if (!gone) throw new Error('no device');
  await client.unary('IngestReadings', { ...gone, block: columns(['NO2'], [hour], [[1]]) });
  await client.unary('DeleteDevice', gone);
  const outcomes = await Promise.allSettled(
    keys.map((key, at) =>
      client.unary('IngestReadings', {
        ...key,
        block: columns(
          ['NO2', 'CO'],
          [hour, hour + 1000 * (at % 2)],
          [
            [at, 1],
            [at, 2],
          ],
        ),
        stream: { session: 'many', sequence: 1 },
      }),
    ),
  );
  expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  expect(outcomes.slice(1).map((outcome) => outcome.status === 'fulfilled' && outcome.value.stored)).toEqual(
    others.map((_, at) => (at % 2 === 0 ? 2 : 1)),
  );
  for (const [at, key] of others.slice(0, 5).entries()) {
    const { block: stored } = await client.unary('ListReadings', { ...key, limit: 5 });
    expect(rowsOf(stored)[0]).toMatchObject({ NO2: at + 1, CO: 1, VOC: Number.NaN });
  }
});

test('a history is as fine as its plot; minutes and hours are the same before and after they are summed up', async () => {
  const key = await bench.makeDevice();
  const rows = steady([40, 50, 60, 700, 3, 20, 400], 2 * 3600).map((row, second) => [
    second % 600 === 0 ? null : second,
    ...row.slice(1),
  ]);
  await client.unary('IngestReadings', { ...key, block: block(rows, hour) });
  const ask = (more: object = {}) =>
    client.unary('GetHistory', { ...key, fromMs: hour, toMs: hour + 2 * hourMs, ...more });

  const raw = await ask({ toMs: hour + 300_000 });
  expect(raw).toMatchObject({ resolution: 'RESOLUTION_RAW', truncated: false });
  expect(raw.timeMs).toHaveLength(301);
  const before = [await ask(), await ask({ points: 10 })] as const;
  expect(before.map(({ resolution }) => resolution)).toEqual(['RESOLUTION_MINUTE', 'RESOLUTION_HOUR']);
  const [minutes, hours] = before;
  expect(minutes.timeMs).toEqual(Array.from({ length: 120 }, (_, minute) => hour + minute * 60_000));
  // The first second of the tenth minute was not measured.
  expect(level(minutes, minutes.means, 0, 'NO2')).toBeCloseTo(30, 3);
  expect(level(minutes, minutes.minima, 10, 'NO2')).toBe(601);
  expect(level(minutes, minutes.maxima, 1, 'NO2')).toBe(119);
  expect(level(minutes, minutes.means, 5, 'Temperature')).toBeNaN();
  expect(hours.readings).toEqual([3600, 3600]);

  const second = await bench.startPod();
  try {
    await until(async () => {
      const due = await bench.sql('select 1 from sensors.hours_due where device_id = $1', [key.deviceId]);
      return due.length === 0;
    });
  } finally {
    await second.stop();
  }
  expect(await ask()).toEqual(minutes);
  expect(await ask({ points: 10 })).toEqual(hours);

  // A backfill into an hour that was summed up is in the answer at once.
  await client.unary('IngestReadings', { ...key, block: columns(['NO2'], [hour + 500], [[5000 / 5]]) });
  expect(level(minutes, (await ask()).maxima, 0, 'NO2')).toBe(1000);
  const whole = await ask({ resolution: 'RESOLUTION_RAW' });
  expect(whole).toMatchObject({ truncated: true });
  expect(whole.timeMs).toHaveLength(5000);
  await client.unary('DeleteDevice', key);
  for (const table of ['readings', 'reading_minutes', 'reading_hours', 'hours_due']) {
    expect(await bench.sql(`select 1 from sensors.${table} where device_id = $1`, [key.deviceId])).toEqual(
      [],
    );
  }
}, 20_000);

test('a database with readings of the version before keeps them all, where they are', async () => {
  const postgres = await startTestPostgres();
  const folder = join(import.meta.dirname, '../../services/sensors/migrations');
  const old = mkdtempSync(join(tmpdir(), 'sillage-test-'));
  const { log } = await createLog({ service: 'test', level: 'silent' });
  const database = new pg.Client({ connectionString: postgres.url });
  try {
    for (const name of readdirSync(folder).filter((file) => file < '003')) {
      cpSync(join(folder, name), join(old, name));
    }
    const schema = (directory: string) => sqlSchema({ url: postgres.url, directory, schema: 'sensors' });
    await schema(old).migrate(log);
    await database.connect();
    await database.query(
      `insert into sensors.sensor_types values ('nose', 'm', '1', '{}');
       insert into sensors.devices (id, tenant_id, name, sensor_type, channels, created_at, readings, last_reading_ms)
       select gen_random_uuid(), gen_random_uuid(), 'nose', 'nose', '{NO2}', now(), 5000, ${hour}
       from generate_series(1, 3);
       insert into sensors.readings
       select id, ${hour} - n * 3600000::bigint, array[n] from sensors.devices, generate_series(0, 4999) as n;`,
    );
    await schema(folder).migrate(log);
    const { rows } = await database.query(
      `select count(*)::int as readings, count(distinct tableoid)::int as tables,
         (select count(*)::int from sensors.hours_due) as due from sensors.readings`,
    );
    expect(rows).toEqual([{ readings: 15_000, tables: 1, due: 15_000 }]);
    // The version before goes on beside it while pods are rolled.
    await database.query(
      'insert into sensors.readings select id, $1, array[1] from sensors.devices limit 1',
      [Date.now()],
    );
  } finally {
    await database.end();
    await postgres.stop();
    rmSync(old, { recursive: true });
  }
}, 30_000);
