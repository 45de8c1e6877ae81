import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { enoseGolden, enoseManifest, framesOf } from '../support/scripted-enose.ts';
import {
  block,
  columns,
  type SensorsBench,
  type SensorsClient,
  scrape,
  start,
  startSensorsBench,
  steady,
} from '../support/sensors.ts';

const { channels } = enoseGolden;
const { clean_air: reference } = enoseManifest.parameters;
const cleanAir = [130, 160, 163.5, 839.5, 100.5, 106.8, 400];
const gas = [180, 160, 163.5, 939.5, 100.5, 106.8, 400];

let bench: SensorsBench;
let client: SensorsClient;

beforeAll(async () => {
  bench = await startSensorsBench();
  ({ client } = bench);
}, 60_000);
afterAll(() => bench.stop());

const minute = (n: number) => ({ fromMs: start + n * 60_000, toMs: start + n * 60_000 + 59_000 });
/** A device with a minute of clean air and one of a gas. */
async function breathed() {
  const key = await bench.makeDevice();
  const rows = [...steady(cleanAir, 60), ...steady(gas, 60)];
  await client.unary('IngestReadings', { ...key, block: block(rows) });
  return key;
}

/** The frames that inference was last asked about. */
function lastFrames(): number[] {
  const { last } = bench.inference;
  if (!last) throw new Error('nothing was classified');
  return framesOf(last);
}

test('a wizard: each step is tried dry, then two points, certificate and expiry are kept', async () => {
  const key = await breathed();
  const baseline = { ...key, ...minute(0) };
  const dry = await client.unary('Calibrate', { ...baseline, dryRun: true });
  expect(dry).toMatchObject({
    calibration: { baseline: { NO2: 130.5 }, reference: { NO2: 32 }, gains: {}, expiresAt: '' },
    device: { calibration: { calibrated: false } },
  });
  expect((await client.unary('ListCalibrations', key)).calibrations).toEqual([]);
  await expect(
    client.unary('Calibrate', { ...baseline, span: { ...minute(1), levels: { VOC: 300 } }, dryRun: true }),
  ).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [
      {
        pointer: '/span/levels/VOC',
        detail: expect.stringMatching(/moved by 0 .*check that the gas reached/),
      },
    ],
  });

  const certificate = { performedBy: 'A. Nose', referenceGas: '10 ppm CO in air', note: 'bottle 7' };
  const kept = await client.unary('Calibrate', {
    ...baseline,
    span: { ...minute(1), levels: { NO2: 132, CO: 939 } },
    certificate,
    validDays: 30,
  });
  expect(kept.calibration).toMatchObject({ gains: { NO2: 2, CO: 2 }, certificate });
  expect(kept.device?.calibration).toMatchObject({ calibrated: true, expired: false });
  const { calibrations } = await client.unary('ListCalibrations', key);
  expect(calibrations).toEqual([kept.calibration]);

  // The window ends in the gas: what the reference reports there comes out.
  await client.unary('GetClassification', { ...key, atMs: start + 119_000 });
  const frames = lastFrames();
  const last = Object.fromEntries(
    channels.map((name, column) => [name, frames.at(column - channels.length)]),
  );
  expect(Math.abs((last['NO2'] ?? 0) - 132)).toBeLessThanOrEqual(1);
  expect(Math.abs((last['CO'] ?? 0) - 939)).toBeLessThanOrEqual(1);
  expect(Math.abs((last['VOC'] ?? 0) - (reference['VOC'] ?? 0))).toBeLessThanOrEqual(1);
});

test('a calibration that has expired turns state, status and metric', async () => {
  const key = await breathed();
  await client.unary('Calibrate', { ...key, ...minute(0), validDays: 1 });
  const status = async () => (await client.unary('GetClassification', key)).status;
  expect(await status()).toBe('CLASSIFICATION_STATUS_READY');
  await bench.sql(`update sensors.calibrations set expires_at = now() where device_id = $1`, [key.deviceId]);
  expect(await status()).toBe('CLASSIFICATION_STATUS_UNCALIBRATED');
  const { device } = await client.unary('GetDevice', key);
  expect(device?.calibration).toMatchObject({ calibrated: true, expired: true });
  // Any calibration makes the gauges be read again.
  const other = await breathed();
  await client.unary('Calibrate', { ...other, ...minute(0) });
  const gauge = async () => {
    const lines = await scrape(bench.sensors);
    return lines.find((line) => line.includes(`calibration_status{sensor_id="${key.deviceId}"`));
  };
  for (let turn = 0; turn < 100 && !(await gauge())?.endsWith(' 0'); turn += 1);
  expect(await gauge()).toMatch(/ 0$/);
});

test('temperature and humidity: fitted to a span of one air, or given with their source', async () => {
  const key = await bench.makeDevice();
  const names = [...channels, 'Temperature', 'Humidity'];
  const times = Array.from({ length: 600 }, (_, second) => start + second * 1000);
  const rows = times.map((_, second) => {
    const celsius = 22 + 5 * Math.sin(second / 50);
    const percent = 45 + 8 * Math.cos(second / 31);
    const levels = cleanAir.map((level, at) =>
      at === 0 ? level + 6 * (celsius - 22) : level + (second % 2),
    );
    return [...levels, celsius, percent];
  });
  await client.unary('IngestReadings', { ...key, block: columns(names, times, rows) });
  // By temperature alone the channel is not steady.
  await expect(client.unary('Calibrate', key)).rejects.toMatchObject({
    errors: [{ pointer: '/from', detail: expect.stringMatching(/^NO2: values spread/) }],
  });
  const { calibration } = await client.unary('Calibrate', { ...key, environment: {} });
  expect(calibration?.environment?.coefficients[0]).toMatchObject({
    channel: 'NO2',
    perCelsius: expect.closeTo(6, 3),
    perPercent: expect.closeTo(0, 3),
    explained: expect.closeTo(1, 3),
  });
  await client.unary('GetClassification', key);
  const frames = lastFrames();
  const no2 = frames.filter((_, at) => at % channels.length === 0);
  expect(Math.max(...no2) - Math.min(...no2)).toBeLessThan(0.1);

  const given = (more: object) => ({
    ...key,
    environment: {
      coefficients: [{ channel: 'NO2', perCelsius: 6, perPercent: 0 }],
      referenceTemperature: 22,
      referenceHumidity: 45,
      source: 'data sheet, table 3',
      ...more,
    },
  });
  expect((await client.unary('Calibrate', given({}))).calibration?.environment).toMatchObject({
    source: 'data sheet, table 3',
  });
  for (const [more, pointer] of [
    [{ source: '' }, '/environment/source'],
    [{ coefficients: [{ channel: 'Perfume', perCelsius: 1 }] }, '/environment/coefficients/Perfume'],
    [{ coefficients: [{ channel: 'NO2', perCelsius: 1e9 }] }, '/environment/coefficients/NO2'],
    [{ coefficients: [], toMs: start + 20_000 }, '/environment/from'],
  ] as const) {
    await expect(client.unary('Calibrate', given(more))).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer }],
    });
  }
});

test('what a device has wrong is told in its state with what to do, by kind and counted', async () => {
  const key = await bench.makeDevice();
  const rows = steady(cleanAir, 400).map((row, second) => [
    55,
    (second * 389) % 1000,
    ...row.slice(2, 5),
    second < 3 ? 65535 : (row[5] ?? 0),
    400 + (second % 3),
  ]);
  const nowMs = Date.now() - 400_000;
  await client.unary('IngestReadings', { ...key, block: block(rows, nowMs) });
  const ahead = columns(['NO2'], [Date.now() + 3_600_000], [[55]]);
  const answer = await client.unary('IngestReadings', { ...key, block: ahead });
  expect(answer.findings).toContainEqual(expect.objectContaining({ kind: 'clock_ahead', channel: '' }));
  await client.unary('GetClassification', { ...key, atMs: nowMs + 399_000 });
  const { device } = await client.unary('GetDevice', key);
  const found = device?.state?.faults ?? [];
  expect(found.map(({ channel, kind }) => `${channel}:${kind}`).toSorted()).toEqual(
    expect.arrayContaining([':clock_ahead', 'LPG:sentinel', 'NO2:stuck']),
  );
  expect(found.find(({ kind }) => kind === 'sentinel')).toMatchObject({
    count: 3,
    active: true,
    advice: expect.stringMatching(/bus, address and supply/),
  });
  const { findings } = await client.unary('GetClassification', { ...key, atMs: nowMs + 399_000 });
  expect(findings.map(({ channel, kind }) => `${channel}:${kind}`)).toContain('C2H5OH:noisy');
  const errors = (await scrape(bench.sensors)).filter((line) => /sensor_errors_total.* [1-9]/.test(line));
  expect(errors.some((line) => line.includes('error="clock_ahead"'))).toBe(true);
});

test('a device that measures at another rate is told so, and its state has the new one', async () => {
  const key = await bench.makeDevice();
  const times = Array.from({ length: 120 }, (_, n) => start + (n < 60 ? n * 1000 : 60_000 + (n - 60) * 4000));
  const rows = steady(cleanAir, 120);
  await client.unary('IngestReadings', { ...key, block: columns(channels, times, rows) });
  const { findings } = await client.unary('GetClassification', key);
  expect(findings).toContainEqual(expect.objectContaining({ kind: 'rate_changed', channel: '' }));
  const { device } = await client.unary('GetDevice', key);
  expect(device?.state).toMatchObject({ status: 'silent', sampleHz: 0.25 });
});
