import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportLineSchema } from '@sillage/contracts';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { until } from '../support/mqtt-devices.ts';
import { enoseGolden } from '../support/scripted-enose.ts';
import { type SensorsBench, startSensorsBench } from '../support/sensors.ts';

let bench: SensorsBench;
let fleet: GatewayUnderTest;
let api: ApiClient;

beforeAll(async () => {
  bench = await startSensorsBench();
  fleet = await startGatewayUnderTest({ SENSORS_TARGET: `127.0.0.1:${bench.sensors.ports['grpc']}` });
  api = await fleet.tenant();
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await bench.stop();
}, 60_000);

const sensors = '/api/v1/sensors';
/** A whole minute, some minutes ago. */
const start = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;

async function device(): Promise<string> {
  return (await api.post(`${sensors}/devices`, { name: 'nose' })).body.id;
}

/** Seconds of readings, the first channel at a level: below 50 the script says garlic, above almond. */
async function measure(id: string, seconds: number, level: number, fromMs = start): Promise<void> {
  const readings = Array.from({ length: seconds }, (_, second) => ({
    t: new Date(fromMs + second * 1000).toISOString(),
    channels: Object.fromEntries(
      enoseGolden.channels.map((name, at) => [name, at === 0 ? level : 100 + (second % 2)]),
    ),
  }));
  const { status } = await api.post(`${sensors}/devices/${id}/readings`, { readings });
  expect(status).toBe(200);
}

test('devices of an array are aligned in time and fused; who is silent, warming up or gone is told', async () => {
  const ids = [await device(), await device(), await device(), await device()];
  const [sure = '', unsure = '', silent = '', young = ''] = ids;
  const { status, body: array } = await api.post(`${sensors}/arrays`, { name: 'room 3', devices: ids });
  expect([status, array]).toEqual([201, expect.objectContaining({ name: 'room 3', devices: ids })]);
  const ask = async (query = '') =>
    (await api.get(`${sensors}/arrays/${array.id}/classification${query}`)).body;

  expect(await ask()).toMatchObject({ degraded: true, classification: { status: 'warming_up' } });
  await measure(sure, 100, 90);
  await measure(unsure, 105, 40);
  await measure(silent, 40, 40, start - 300_000);
  await measure(young, 10, 40, start + 95_000);
  const answer = await ask();
  expect(answer).toMatchObject({
    degraded: true,
    classification: {
      status: 'uncalibrated',
      substance: 'almond',
      window_end: new Date(start + 99_000).toISOString(),
      window_s: 100,
    },
    members: [
      { device: sure, part: 'used', lag_s: 0, substance: 'almond', probability: 0.9 },
      { device: unsure, part: 'used', lag_s: 0, substance: 'garlic', probability: 0.6 },
      { device: silent, part: 'silent', substance: null },
      { device: young, part: 'warming_up', substance: null },
    ],
  });
  // Neither as sure as the one nor as wrong as the other: sqrt(.9 × .4) against sqrt(.1 × .6).
  expect(answer.classification.probabilities[0].probability).toBeCloseTo(0.71, 2);
  const earlier = await ask(`?at=${new Date(start + 60_000).toISOString()}`);
  expect(earlier.classification).toMatchObject({ window_s: 61 });

  await api.delete(`${sensors}/devices/${silent}`);
  await api.delete(`${sensors}/devices/${young}`);
  const parts = (await ask()).members.map(({ part }: { part: string }) => part);
  expect(parts).toEqual(['used', 'used', 'removed', 'removed']);
  for (const id of [sure, unsure]) await api.delete(`${sensors}/devices/${id}`);
  expect(await ask()).toMatchObject({ status: 409, detail: expect.stringMatching(/delete the array/) });
  expect((await api.delete(`${sensors}/arrays/${array.id}`)).status).toBe(204);
  expect((await api.get(`${sensors}/arrays`)).body).toEqual({ arrays: [] });
});

test('an array whose devices are not there, twice there or too few is refused by place', async () => {
  const id = await device();
  const cases = [
    [[id, randomUUID()], '/devices/1', /no such device/],
    [[id, 'x'], '/devices/1', /no such device/],
    [[id, id], '/devices/1', /in the list already/],
    [[id], '/devices', /2 to 16/],
  ] as const;
  for (const [devices, pointer, detail] of cases) {
    const { status, body } = await api.post(`${sensors}/arrays`, { name: 'room', devices });
    expect([status, body.errors?.[0]]).toEqual([400, { pointer, detail: expect.stringMatching(detail) }]);
  }
  const other = await fleet.tenant();
  const own = await api.post(`${sensors}/arrays`, { name: 'room', devices: [id, await device()] });
  for (const path of ['', '/classification']) {
    const call = path === '' ? other.delete.bind(other) : other.get.bind(other);
    expect((await call(`${sensors}/arrays/${own.body.id}${path}`)).status).toBe(404);
  }
});

test('an array is in the export of its account alone, and goes with the account', async () => {
  const [owner, other] = [await fleet.tenant(), await fleet.tenant()];
  const nose = async () => (await owner.post(`${sensors}/devices`, { name: 'nose' })).body.id;
  const made = await owner.post(`${sensors}/arrays`, {
    name: 'room 7',
    devices: [await nose(), await nose()],
  });
  const exported = async (account: ApiClient) =>
    (await account.text('/api/v1/account/export'))
      .trimEnd()
      .split('\n')
      .map((line) => exportLineSchema.parse(JSON.parse(line)));
  const ofType = (lines: Awaited<ReturnType<typeof exported>>, type: string) =>
    lines.filter((line) => line.type === type);
  const lines = await exported(owner);
  expect(ofType(lines, 'sensor_array')).toEqual([{ type: 'sensor_array', ...made.body }]);
  expect(ofType(lines, 'device')).toHaveLength(2);
  expect(ofType(await exported(other), 'sensor_array')).toEqual([]);

  const { id } = (await owner.get('/api/v1/account')).body.tenant;
  expect((await owner.delete(`/api/v1/account?confirm=${id}`)).status).toBe(202);
  await until(async () => {
    const left = await bench.sql(
      'select id from sensors.arrays where tenant_id = $1 union select id from sensors.devices where tenant_id = $1',
      [id],
    );
    return left.length === 0;
  });
  expect((await api.get(`${sensors}/arrays`)).status).toBe(200);
}, 30_000);

test('history, calibrations and state over HTTP, as a page asks for them', async () => {
  const id = await device();
  const path = `${sensors}/devices/${id}`;
  await measure(id, 120, 30);
  const span = {
    from: new Date(start).toISOString(),
    to: new Date(start + 59_000).toISOString(),
  };
  const request = {
    ...span,
    certificate: { performed_by: 'A. Nose', reference_gas: 'clean air' },
    valid_days: 30,
  };
  const dry = await api.post(`${path}/calibrations`, { ...request, dry_run: true });
  expect(dry.body).toMatchObject({ dry_run: true, device: { calibration: { calibrated: false } } });
  const made = await api.post(`${path}/calibrations`, request);
  expect([made.status, made.body.device.calibration]).toEqual([
    201,
    expect.objectContaining({ calibrated: true, expired: false, expires_at: expect.any(String) }),
  ]);
  const { body: listed } = await api.get(`${path}/calibrations`);
  expect(listed).toMatchObject({
    next: null,
    calibrations: [
      {
        certificate: { performed_by: 'A. Nose', reference_gas: 'clean air', note: '' },
        channels: expect.arrayContaining([{ channel: 'NO2', baseline: 30, reference: 32, gain: 1 }]),
      },
    ],
  });
  const { body: history } = await api.get(`${path}/history?points=1&resolution=minute&from=${span.from}`);
  expect(history).toMatchObject({ resolution: 'minute', readings: [60, 60], next: null });
  expect(history.channels.NO2).toEqual({ mean: [30, 30], min: [30, 30], max: [30, 30] });
  const { body: shown } = await api.get(path);
  expect(shown.state).toMatchObject({ status: 'silent', sample_hz: 1 });
});

test('bad input: garbage, half lines, a million columns; each says what to do and stores nothing', async () => {
  const id = await device();
  const path = `${sensors}/devices/${id}/readings`;
  const t = new Date(start).toISOString();
  const post = (body: string | Uint8Array) =>
    api.post(path, body, { 'Content-Type': 'application/x-ndjson' });
  const garbage = Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256);
  expect(await post(garbage)).toMatchObject({ status: 400 });
  const half = `{"t": "${t}", "channels": {"NO2": 1}}\n{"t": "${t}", "chan`;
  expect(await post(half)).toMatchObject({ status: 400, body: { detail: expect.stringMatching(/line 2/) } });
  const columns = Array.from({ length: 1_000_000 }, (_, n) => `"c${n}":1`).join(',');
  expect(await post(`{"t": "${t}", "channels": {${columns}}}`)).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/128 channels/) },
  });
  // Ten thousand readings, each with channels of its own: laid out in columns they would be gigabytes.
  const wide = Array.from(
    { length: 10_000 },
    (_, row) => `{"t": "${new Date(start + row).toISOString()}", "channels": {"a${row}":1,"b${row}":2}}`,
  ).join('\n');
  expect(await post(wide)).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/128 channels/) },
  });
  expect((await api.get(`${sensors}/devices/${id}`)).body.readings).toBe(0);
}, 30_000);
