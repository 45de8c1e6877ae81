import { expect, test } from '@jest/globals';
import { applyCalibration, holds } from './calibration.ts';
import type { ReadingBlock } from './readings.ts';
import { readSensorType } from './sensor-type.ts';
import { takeSpan } from './span.ts';

const gas = { unit: 'count', min: 0, max: 1022 };
const type = readSensorType(
  { name: 'nose', version: '1' },
  {
    sensor_type: 'two',
    window_s: 100,
    min_window_s: 30,
    max_missing_channels: 1,
    channels: [
      { name: 'A', ...gas },
      { name: 'B', ...gas },
      { name: 'C', ...gas },
    ],
    clean_air: { A: 30, B: 60 },
  },
);
const baseline = {
  kind: 'calibrated' as const,
  mode: 'offset' as const,
  baseline: new Map([
    ['A', 50],
    ['B', 60],
  ]),
};

function steady(levels: readonly number[], count = 60): ReadingBlock {
  return {
    channels: ['A', 'B', 'C'],
    timesMs: Array.from({ length: count }, (_, second) => second * 1000),
    values: Float64Array.from(Array.from({ length: count }, () => levels).flat()),
  };
}

test('two points fix offset and gain, so that both levels come out as the reference has them', () => {
  const calibration = takeSpan(steady([150, 260, 1]), type, baseline, new Map([['A', 230]]));
  expect(calibration.gains).toEqual(new Map([['A', 2]]));
  const corrected = applyCalibration(
    Float32Array.from([50, 60, 7, 150, 260, 7]),
    type.channels,
    calibration,
    type.cleanAir,
  );
  expect([...corrected]).toEqual([30, 60, 7, 230, 260, 7]);
});

test.each([
  [[150, 260, 1], { C: 100 }, '/span/levels/C', /has no baseline; channels that have one are A, B/],
  [[150, 260, 1], { A: 35 }, '/span/levels/A', /use a stronger gas/],
  [[51, 60, 1], { A: 230 }, '/span/levels/A', /check that the gas reached the sensor/],
  [[20, 60, 1], { A: 230 }, '/span/levels/A', /moved by -30/],
] as const)('levels %j for %j are refused by channel', (levels, wanted, pointer, detail) => {
  expect(() => takeSpan(steady(levels), type, baseline, new Map(Object.entries(wanted)))).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      errors: [{ pointer, detail: expect.stringMatching(detail) }],
    }),
  );
});

test('too short a span says how many readings it needs', () => {
  expect(() => takeSpan(steady([150, 260, 1], 10), type, baseline, new Map([['A', 230]]))).toThrow(
    expect.objectContaining({
      errors: [{ pointer: '/span/to', detail: 'A: 10 measured values; a span needs 30' }],
    }),
  );
});

test('a calibration holds until it expires', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  expect(holds({ kind: 'uncalibrated' }, now)).toBe(false);
  expect(holds(baseline, now)).toBe(true);
  expect(holds({ ...baseline, expiresAt: new Date(now.getTime() + 1) }, now)).toBe(true);
  expect(holds({ ...baseline, expiresAt: now }, now)).toBe(false);
});
