import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningService } from '@sillage/kit';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { enoseGolden, type ScriptedEnose, startScriptedEnose } from '../support/scripted-enose.ts';
import { block, connectSensors, type SensorsClient, startSensors } from '../support/sensors.ts';

const recoveryMs = 5000;
const frames = enoseGolden.cases[0]?.frames ?? [];
const tenantId = randomUUID();

let postgres: TestPostgres;
let inference: ScriptedEnose;
let sensors: RunningService;
let client: SensorsClient;

async function readiness(): Promise<number> {
  return (await fetch(`http://127.0.0.1:${sensors.ports['metrics']}/ready`)).status;
}

/** Asks again until the answer comes; fails when that takes longer than a recovery may. */
async function recovered<T>(ask: () => Promise<T>): Promise<T> {
  const back = Date.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() - back > recoveryMs) throw error;
      await delay(50);
    }
  }
}

beforeAll(async () => {
  [postgres, inference] = await Promise.all([startTestPostgres(), startScriptedEnose()]);
  // Inference is away when the service starts for the first time.
  await inference.stop();
  sensors = await startSensors(postgres.url, inference.port);
  client = connectSensors(sensors);
}, 60_000);

afterAll(async () => {
  client.close();
  await sensors.stop();
  await inference.stop();
  await postgres.stop();
});

test('inference away: no first device; later readings are taken, only the answer waits; also after a restart', async () => {
  expect(await readiness()).toBe(200);
  const create = () => client.unary('CreateDevice', { tenantId, name: 'nose' });
  await expect(create()).rejects.toMatchObject({ code: 'unavailable', extra: { dependency: 'inference' } });
  inference = await startScriptedEnose(inference.port);
  const { device } = await recovered(create);
  const key = { tenantId, deviceId: device?.id ?? '' };

  await inference.stop();
  client.close();
  await sensors.stop();
  sensors = await startSensors(postgres.url, inference.port);
  client = connectSensors(sensors);
  expect(await client.unary('IngestReadings', { ...key, block: block(frames) })).toMatchObject({
    stored: 100,
  });
  expect((await create()).device?.channels).toEqual(device?.channels);
  await expect(client.unary('GetClassification', key)).rejects.toMatchObject({
    code: 'unavailable',
    extra: { dependency: 'inference' },
  });
  inference = await startScriptedEnose(inference.port);
  const { substance } = await recovered(() => client.unary('GetClassification', key));
  expect(substance).toBe('almond');
}, 30_000);

test('Postgres away: calls are unavailable at once, readiness says so; back: all is well within 5 s', async () => {
  const { device } = await client.unary('CreateDevice', { tenantId, name: 'nose' });
  const key = { tenantId, deviceId: device?.id ?? '' };
  const ingest = () => client.unary('IngestReadings', { ...key, block: block(frames) });
  await postgres.halt();
  const started = Date.now();
  await expect(ingest()).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 2 });
  expect(Date.now() - started).toBeLessThan(4000);
  expect(await readiness()).toBe(503);
  await postgres.resume();
  expect(await recovered(ingest)).toMatchObject({ stored: 100 });
  expect(await readiness()).toBe(200);
}, 30_000);
