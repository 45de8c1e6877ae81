import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AuthUnderTest, startAuthUnderTest } from '../support/auth.ts';
import { type SensorsBench, startSensorsBench } from '../support/sensors.ts';

let auth: AuthUnderTest;
let sensors: SensorsBench;

beforeAll(async () => {
  [auth, sensors] = await Promise.all([startAuthUnderTest(), startSensorsBench()]);
}, 60_000);
afterAll(() => Promise.all([auth.stop(), sensors.stop()]), 60_000);

async function until(isDone: () => Promise<boolean>) {
  const deadline = Date.now() + 10_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('what is past its retention is still there');
    await delay(20);
  }
}

test('usage past USAGE_RETENTION_DAYS is deleted, what is younger and the open charges stay', async () => {
  const tenantId = await auth.tenant();
  for (const days of [10, 99, 101]) {
    await auth.sql(
      `insert into auth.usage (tenant_id, day, endpoint, key_id, requests, molecules, errors)
       values ($1, current_date - $2::int, '/', 'k', 1, 1, 0)`,
      [tenantId, days],
    );
  }
  for (const isOpen of [true, false]) {
    await auth.sql(
      `insert into auth.job_charges (job_id, tenant_id, key_id, month, charged, is_open, charged_at, seen_at)
       values ($1, $2, 'k', '2026-01-01', 1, $3, now() - interval '101 days', now())`,
      [randomUUID(), tenantId, isOpen],
    );
  }
  const pod = await auth.startPod({ USAGE_RETENTION_DAYS: '100' });
  try {
    await until(async () => (await auth.sql('select 1 from auth.usage')).length === 2);
    await until(async () => (await auth.sql('select 1 from auth.job_charges')).length === 1);
    expect(await auth.sql('select is_open from auth.job_charges')).toEqual([{ is_open: true }]);
  } finally {
    await pod.stop();
  }
});

test('readings past READING_RETENTION_DAYS are deleted by the time they were measured, and no longer counted', async () => {
  const { deviceId } = await sensors.makeDevice();
  const now = Date.now();
  const weekMs = 7 * 86_400_000;
  for (const days of [1, 729, 731, 3000]) {
    const week = Math.floor((now - days * 86_400_000) / weekMs);
    await sensors.sql(
      `create table if not exists sensors.readings_${week} partition of sensors.readings
       for values from (${week * weekMs}) to (${(week + 1) * weekMs})`,
    );
    await sensors.sql(
      'insert into sensors.readings (device_id, time_ms, channel_values) values ($1, $2, $3)',
      [deviceId, now - days * 86_400_000, [1]],
    );
  }
  await sensors.sql('update sensors.devices set readings = 4 where id = $1', [deviceId]);
  const second = await sensors.startPod();
  try {
    await until(async () => (await sensors.sql('select 1 from sensors.readings')).length === 2);
    await until(async () =>
      (await sensors.sql('select readings from sensors.devices')).every(
        (row) => Number(row['readings']) === 2,
      ),
    );
    const [whole] = await sensors.sql('select to_regclass($1) as name', [
      `sensors.readings_${Math.floor((now - 3000 * 86_400_000) / weekMs)}`,
    ]);
    expect(whole).toEqual({ name: null });
  } finally {
    await second.stop();
  }
});
