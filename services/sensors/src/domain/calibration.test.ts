import { expect, test } from '@jest/globals';
import { applyCalibration, type CalibrationRules, calibrate, defaultStability } from './calibration.ts';
import type { ReadingBlock } from './readings.ts';

const channels = [
  { name: 'NO2', min: 0, max: 1022 },
  { name: 'CO', min: 0, max: 1022 },
];
const reference = new Map([
  ['NO2', 30],
  ['CO', 740],
]);
const offset: CalibrationRules = { reference, mode: 'offset', ...defaultStability };

/** Clean air with a little noise around the levels. */
function cleanAir(no2: number, co: number, count = 60): ReadingBlock {
  const rows = Array.from({ length: count }, (_, t) => [no2 + (t % 3) - 1, co + (t % 5) - 2]);
  return {
    channels: ['NO2', 'CO'],
    timesMs: rows.map((_, t) => t * 1000),
    values: Float64Array.from(rows.flat()),
  };
}

const smell = Float32Array.from([30, 740, 120, 760, 300, 800]);

test('a device with an offset reports what the reference does', () => {
  const outcome = calibrate(cleanAir(55, 700), offset);
  if (outcome.kind !== 'calibrated') throw new Error('not calibrated');
  const device = smell.map((value, i) => value + (i % 2 === 0 ? 25 : -40));
  expect(applyCalibration(device, channels, outcome.calibration, reference)).toEqual(smell);
});

test('a device with another gain reports what the reference does', () => {
  const outcome = calibrate(cleanAir(60, 370), { ...offset, mode: 'gain' });
  if (outcome.kind !== 'calibrated') throw new Error('not calibrated');
  const device = smell.map((value, i) => value * (i % 2 === 0 ? 2 : 0.5));
  expect(applyCalibration(device, channels, outcome.calibration, reference)).toEqual(smell);
});

test('a correction stays in range and leaves gaps as gaps', () => {
  const outcome = calibrate(cleanAir(55, 700), offset);
  if (outcome.kind !== 'calibrated') throw new Error('not calibrated');
  const frames = Float32Array.from([3, 1010, Number.NaN, 700]);
  const corrected = applyCalibration(frames, channels, outcome.calibration, reference);
  expect(Array.from(corrected)).toEqual([0, 1022, Number.NaN, 740]);
  expect(frames[0]).toBe(3);
});

test('an uncalibrated device passes through', () => {
  expect(applyCalibration(smell, channels, { kind: 'uncalibrated' }, reference)).toEqual(smell);
});

test('the reference in its own clean air is not changed', () => {
  const outcome = calibrate(cleanAir(30, 740), offset);
  if (outcome.kind !== 'calibrated') throw new Error('not calibrated');
  expect(applyCalibration(smell, channels, outcome.calibration, reference)).toEqual(smell);
});

test('too few readings, an exposed device and an absent channel are named', () => {
  expect(calibrate(cleanAir(55, 700, 10), offset)).toMatchObject({
    kind: 'failed',
    problems: [
      { channel: 'NO2', kind: 'too_few_readings' },
      { channel: 'CO', kind: 'too_few_readings' },
    ],
  });
  const exposed = cleanAir(55, 700);
  const rising = { ...exposed, values: exposed.values.map((v, i) => (i % 2 === 0 ? v + i : v)) };
  expect(calibrate(rising, offset)).toMatchObject({ problems: [{ channel: 'NO2', kind: 'unstable' }] });
  const single: ReadingBlock = {
    channels: ['NO2'],
    timesMs: range(40),
    values: new Float64Array(40).fill(30),
  };
  expect(calibrate(single, offset)).toMatchObject({
    problems: [{ channel: 'CO', kind: 'too_few_readings' }],
  });
});

test('a gain needs a level above zero', () => {
  const silent = {
    ...cleanAir(0, 700),
    values: Float64Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 0 : 700)),
  };
  expect(calibrate(silent, { ...offset, mode: 'gain' })).toMatchObject({
    problems: [{ channel: 'NO2', kind: 'no_signal' }],
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i * 1000);
}
