import { expect, test } from '@jest/globals';
import { inspect, type QualityRules } from './quality.ts';
import type { ReadingBlock } from './readings.ts';

const gas = { unit: 'count', min: 0, max: 1022, saturated_at: 1023, stuck_after_s: 300 };
const rules: QualityRules = {
  channels: [
    { name: 'NO2', ...gas },
    { name: 'VOC', ...gas },
  ],
  otherChannels: [{ name: 'Temperature', unit: 'celsius', min: -40, max: 85 }],
  sentinels: [4294967295, -1, -999],
};

function block(channels: string[], rows: number[][]): ReadingBlock {
  return { channels, timesMs: rows.map((_, i) => i * 1000), values: Float64Array.from(rows.flat()) };
}

test('clean readings give no finding and stay as they are', () => {
  const clean = block(
    ['NO2', 'VOC'],
    [
      [44, 112],
      [45, 113],
    ],
  );
  const { findings, accepted, block: kept } = inspect(clean, rules);
  expect(findings).toEqual([]);
  expect(accepted).toBe(true);
  expect(kept.values).toEqual(clean.values);
});

test.each([
  [4294967295, 'sentinel'],
  [-999, 'sentinel'],
  [1023, 'saturated'],
  [5000, 'out_of_range'],
  [-3, 'out_of_range'],
  [Number.NaN, 'missing'],
])('%d is %s: a warning, kept as not measured', (value, kind) => {
  const {
    findings,
    accepted,
    block: kept,
  } = inspect(
    block(
      ['NO2', 'VOC'],
      [
        [1, 2],
        [value, 3],
        [value, 4],
      ],
    ),
    rules,
  );
  expect(findings).toMatchObject([{ channel: 'NO2', kind, severity: 'warning', count: 2, firstRow: 1 }]);
  expect(accepted).toBe(true);
  expect(Array.from(kept.values)).toEqual([1, 2, Number.NaN, 3, Number.NaN, 4]);
});

test('infinity is an error', () => {
  const { findings, accepted } = inspect(block(['NO2', 'VOC'], [[Number.POSITIVE_INFINITY, 2]]), rules);
  expect(findings).toMatchObject([{ kind: 'not_finite', severity: 'error' }]);
  expect(accepted).toBe(false);
});

test('an unknown channel is an error that names the known ones', () => {
  const { findings, accepted } = inspect(block(['NO2', 'VOC', 'NO3'], [[1, 2, 3]]), rules);
  expect(findings).toMatchObject([{ channel: 'NO3', kind: 'unknown_channel', severity: 'error' }]);
  expect(findings[0]?.detail).toContain('NO2');
  expect(accepted).toBe(false);
});

test('a channel the classifier needs and the readings lack is missing', () => {
  const { findings, accepted } = inspect(block(['NO2', 'Temperature'], [[1, 20]]), rules);
  expect(findings).toMatchObject([{ channel: 'VOC', kind: 'missing', severity: 'warning', count: 1 }]);
  expect(accepted).toBe(true);
});

test('-1 is a temperature and no sentinel there', () => {
  const { findings } = inspect(block(['NO2', 'VOC', 'Temperature'], [[1, 2, -1]]), rules);
  expect(findings).toEqual([]);
});

test('a channel that never moves is stuck, and its values stay', () => {
  const rows = Array.from({ length: 320 }, (_, t) => [44, t % 7]);
  const { findings, block: kept } = inspect(block(['NO2', 'VOC'], rows), rules);
  expect(findings).toMatchObject([
    { channel: 'NO2', kind: 'stuck', severity: 'warning', count: 320, firstRow: 0 },
  ]);
  expect(kept.values[0]).toBe(44);
  expect(inspect(block(['NO2', 'VOC'], rows.slice(0, 290)), rules).findings).toEqual([]);
});

test('an empty block has nothing wrong with it', () => {
  expect(inspect(block(['NO2'], []), rules)).toMatchObject({ findings: [], accepted: true });
});
