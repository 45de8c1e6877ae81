import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { enoseGolden, enoseManifest, framesOf } from '../support/scripted-enose.ts';
import {
  block,
  connectSensors,
  type SensorsBench,
  type SensorsClient,
  scrape,
  start,
  startSensorsBench,
  steady,
} from '../support/sensors.ts';

const { channels } = enoseGolden;
const golden = enoseGolden.cases[0]?.frames ?? [];
/** Channels whose level in clean air the reference device has told. */
const calibrated = channels.filter((name) => name in enoseManifest.parameters.clean_air);

let bench: SensorsBench;
let client: SensorsClient;

beforeAll(async () => {
  bench = await startSensorsBench();
  ({ client } = bench);
}, 60_000);

afterAll(() => bench.stop());

/** The frames that inference was last asked about. */
function lastFrames(): number[] {
  const { last } = bench.inference;
  if (!last) throw new Error('nothing was classified');
  return framesOf(last);
}

test('a device warms up, then gives its best answer without a calibration, unless the pattern is unknown', async () => {
  const key = await bench.makeDevice();
  const empty = await client.unary('GetClassification', key);
  expect(empty).toMatchObject({ status: 'CLASSIFICATION_STATUS_WARMING_UP', windowS: 0, windowEnd: '' });
  await client.unary('IngestReadings', { ...key, block: block(golden.slice(0, 10)) });
  const early = await client.unary('GetClassification', key);
  expect(early).toMatchObject({
    status: 'CLASSIFICATION_STATUS_WARMING_UP',
    substances: [],
    windowS: 10,
    neededS: 100,
    modelName: 'enose-smellnet',
  });

  await client.unary('IngestReadings', { ...key, block: block(golden) });
  const answer = await client.unary('GetClassification', key);
  expect(answer).toMatchObject({
    status: 'CLASSIFICATION_STATUS_UNCALIBRATED',
    substance: 'almond',
    substances: ['almond', 'garlic'],
    notes: ['nutty'],
    windowS: 100,
    windowEnd: new Date(start + 99_000).toISOString(),
    findings: [],
  });
  expect(bench.inference.last?.channels).toEqual([...channels]);
  expect(lastFrames()).toEqual(golden.flat().map((value) => (value === null ? null : Math.fround(value))));

  await client.unary('IngestReadings', {
    ...key,
    block: block(steady([600, 1, 1, 1, 1, 1, 1], 40), start + 3_600_000),
  });
  const unknown = await client.unary('GetClassification', key);
  expect(unknown).toMatchObject({
    status: 'CLASSIFICATION_STATUS_UNKNOWN_PATTERN',
    substance: 'almond',
    notes: [],
    substances: ['almond', 'garlic'],
    windowS: 40,
  });
  const before = await client.unary('GetClassification', { ...key, atMs: start + 3_599_000 });
  expect(before).toMatchObject({ substance: 'almond', windowEnd: answer.windowEnd });
});

test('every calibration a device had is listed, newest first, and goes with the account', async () => {
  const key = await bench.makeDevice();
  await client.unary('IngestReadings', { ...key, block: block(steady([40, 50, 60, 700, 3, 20, 400], 80)) });
  await client.unary('Calibrate', { ...key, toMs: start + 39_000 });
  await client.unary('Calibrate', key);
  const { calibrations } = await client.unary('ListCalibrations', key);
  expect(calibrations.map(({ readingsUsed, toMs }) => [readingsUsed, toMs])).toEqual([
    [80, undefined],
    [40, start + 39_000],
  ]);
  expect(calibrations[0]).toMatchObject({ mode: 'offset', baseline: expect.objectContaining({ NO2: 40.5 }) });
  const before = calibrations[0]?.id ?? 0;
  expect((await client.unary('ListCalibrations', { ...key, before })).calibrations).toHaveLength(1);
  await expect(
    client.unary('ListCalibrations', { ...key, tenantId: '00000000-0000-4000-8000-000000000000' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a stuck channel shows over the stored readings, a saturated one in the window', async () => {
  const key = await bench.makeDevice();
  const rows = steady([40, 50, 60, 700, 3, 20, 400], 400).map((row) => [55, ...row.slice(1, 5), 1023, 400]);
  await client.unary('IngestReadings', { ...key, block: block(rows) });
  const { findings } = await client.unary('GetClassification', key);
  expect(findings.map(({ channel, kind }) => [channel, kind])).toEqual([
    ['NO2', 'stuck'],
    ['Gas_Resistance', 'stuck'],
    ['LPG', 'saturated'],
  ]);
  expect(findings[2]?.count).toBe(100);
});

test('calibration moves later answers to the reference device; the history is kept', async () => {
  const key = await bench.makeDevice();
  const biased = [130, 160, 163.5, 839.5, 100.5, 106.8, 400];
  await client.unary('IngestReadings', { ...key, block: block(steady(biased, 60)) });
  const answered = await client.unary('Calibrate', { ...key, fromMs: start, toMs: start + 59_000 });
  expect(answered).toMatchObject({
    readingsUsed: 60,
    findings: [],
    device: { calibration: { calibrated: true, calibratedAt: expect.stringMatching(/^\d{4}-/) } },
  });
  expect(answered.device?.calibration?.baseline).toMatchObject({ NO2: 130.5, CO: 840 });

  const answer = await client.unary('GetClassification', key);
  expect(answer).toMatchObject({ status: 'CLASSIFICATION_STATUS_READY', substance: 'garlic' });
  const { clean_air: reference } = enoseManifest.parameters;
  const frame = lastFrames();
  for (const [column, name] of channels.entries()) {
    // A channel without a clean-air level of the reference device is passed on as it was measured.
    const expected = reference[name] ?? biased[column] ?? Number.NaN;
    expect(Math.abs((frame[column] ?? Number.NaN) - expected)).toBeLessThanOrEqual(1);
  }

  await client.unary('Calibrate', key);
  const history = await bench.sql('select readings_used from sensors.calibrations where device_id = $1', [
    key.deviceId,
  ]);
  expect(history).toHaveLength(2);
  const gauge = (await scrape(bench.sensors)).find((line) => line.includes(`sensor_id="${key.deviceId}"`));
  expect(gauge).toMatch(/^olfactory_sensor_calibration_status.* 1$/);
});

test('what a calibration lacks is said of each channel; one dead channel may stay out', async () => {
  const key = await bench.makeDevice();
  await expect(client.unary('Calibrate', key)).rejects.toMatchObject({
    code: 'invalid_input',
    errors: calibrated.map((name) => ({
      pointer: '/to',
      detail: expect.stringMatching(`^${name}: 0 measured`),
    })),
  });
  const drifting = steady([40, 50, 60, 700, 3, 20, 400], 60).map((row, second) => [
    second * 10,
    ...row.slice(1),
  ]);
  await client.unary('IngestReadings', { ...key, block: block(drifting) });
  await expect(client.unary('Calibrate', key)).rejects.toMatchObject({
    errors: [{ pointer: '/from', detail: expect.stringMatching(/^NO2: values spread/) }],
  });
  const dead = steady([40, 50, 60, 700, 3, 20, 400], 60).map((row) => [null, ...row.slice(1)]);
  await client.unary('IngestReadings', { ...key, block: block(dead, start + 3_600_000) });
  const { device, findings } = await client.unary('Calibrate', { ...key, fromMs: start + 3_600_000 });
  expect(Object.keys(device?.calibration?.baseline ?? {}).sort()).toEqual([...calibrated.slice(1)].sort());
  expect(findings).toMatchObject([{ channel: 'NO2', kind: 'missing', count: 60 }]);
});

test('what is new is in the next answer, whichever pod stored it and in whatever order it came', async () => {
  const key = await bench.makeDevice();
  const other = await bench.startPod();
  const second = connectSensors(other);
  const levels = [40, 50, 60, 700, 3, 20, 400];
  const send = (through: SensorsClient, from: number, count: number) =>
    through.unary('IngestReadings', {
      ...key,
      block: block(steady(levels, count), start + from * 1000),
    });
  const ask = async (through: SensorsClient) => {
    const { windowEnd, windowS } = await through.unary('GetClassification', key);
    return [(Date.parse(windowEnd) - start) / 1000, windowS];
  };
  try {
    await send(client, 100, 40);
    expect(await ask(client)).toEqual([139, 40]);
    expect(await ask(second)).toEqual([139, 40]);
    await send(client, 140, 1);
    expect(await ask(client)).toEqual([140, 41]);
    await send(second, 141, 2);
    expect(await ask(client)).toEqual([142, 43]);
    // Late ones, before all that is remembered, and between two pods' own.
    await send(second, 80, 20);
    await send(client, 143, 1);
    expect(await ask(client)).toEqual([143, 64]);
    expect(await ask(second)).toEqual([143, 64]);
    await send(client, 60, 20);
    expect(await ask(second)).toEqual([143, 84]);
    expect(await ask(client)).toEqual([143, 84]);
  } finally {
    second.close();
    await other.stop();
  }
});
