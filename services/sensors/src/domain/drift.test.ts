import { expect, test } from '@jest/globals';
import { followDrift, judgeDrift } from './drift.ts';

const channels = [{ name: 'NO2' }, { name: 'VOC' }, { name: 'Gas_Resistance' }];
const calibration = {
  kind: 'calibrated',
  mode: 'offset',
  baseline: new Map([
    ['NO2', 40],
    ['VOC', 200],
  ]),
} as const;
const window = (...frames: number[][]) => Float32Array.from(frames.flat());

test('without a calibration there is nothing to compare with', () => {
  expect(judgeDrift(window([1, 1, 1]), channels, { kind: 'uncalibrated' })).toEqual({ kind: 'uncalibrated' });
});

test('at clean air, and above it where it may be a smell, a device is steady', () => {
  const steady = { kind: 'steady', channels: [] };
  expect(judgeDrift(window([40, 200, 9], [41, 900, 9]), channels, calibration)).toEqual(steady);
  expect(judgeDrift(window([31, 151, 0]), channels, calibration)).toEqual(steady);
});

test('a channel that reads well below its clean air has drifted, and is named; a passing dip is not drift', () => {
  const fallen = window([40, 120, 9], [40, 120, 9], [40, 300, 9]);
  expect(judgeDrift(fallen, channels, calibration)).toEqual({
    kind: 'below_baseline',
    channels: [{ channel: 'VOC', baseline: 200, level: 120 }],
  });
  const dip = window([40, 200, 9], [0, 0, 0], [40, 200, 9]);
  expect(judgeDrift(dip, channels, calibration)).toMatchObject({ kind: 'steady' });
});

test('a channel that was not measured says nothing', () => {
  const missing = window([Number.NaN, 200, 9], [Number.NaN, 200, 9]);
  expect(judgeDrift(missing, channels, calibration)).toMatchObject({ kind: 'steady' });
  expect(judgeDrift(new Float32Array(0), channels, calibration)).toMatchObject({ kind: 'steady' });
});

test('a fallen channel is corrected to clean air; what is above its baseline is left to be a smell', () => {
  const drift = judgeDrift(window([400, 120, 9], [400, 120, 9]), channels, calibration);
  const followed = followDrift(calibration, drift);
  expect(followed).toMatchObject({
    kind: 'calibrated',
    baseline: new Map([
      ['NO2', 40],
      ['VOC', 120],
    ]),
  });
  expect(followDrift(calibration, { kind: 'steady', channels: [] })).toBe(calibration);
  expect(followDrift({ kind: 'uncalibrated' }, drift)).toEqual({ kind: 'uncalibrated' });
});
