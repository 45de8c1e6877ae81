import { expect, test } from '@jest/globals';
import type { ReadingBlock } from './readings.ts';
import { findNoise, findRateChange, sampleHz } from './signal.ts';

const spec = { name: 'A', unit: 'count', min: 0, max: 1022 };

function block(values: readonly number[]): ReadingBlock {
  return { channels: ['A'], timesMs: values.map((_, at) => at * 1000), values: Float64Array.from(values) };
}
const seconds = (count: number, value: (second: number) => number) =>
  Array.from({ length: count }, (_, second) => value(second));

test('an input that hangs loose is noisy', () => {
  const loose = seconds(100, (second) => (second * 389) % 1000);
  expect(findNoise(block(loose), [spec])).toMatchObject([{ channel: 'A', kind: 'noisy', count: 100 }]);
});

test.each([
  ['flicker of counts', (second: number) => 40 + (second % 2)],
  ['flicker at a low level', (second: number) => (second % 2) * 4],
  ['a steep slope', (second: number) => second * 10],
  ['a step', (second: number) => (second < 50 ? 10 : 900)],
  ['nothing measured', () => Number.NaN],
])('%s is no noise', (_, value) => {
  expect(findNoise(block(seconds(100, value)), [spec])).toEqual([]);
});

test('few readings are not judged, nor a channel that is not there', () => {
  expect(findNoise(block(seconds(20, (second) => (second % 2) * 1000)), [spec])).toEqual([]);
  expect(findNoise(block(seconds(100, (second) => (second % 2) * 1000)), [{ ...spec, name: 'B' }])).toEqual(
    [],
  );
});

test('the rate is that of most readings, whatever gaps there are', () => {
  expect(sampleHz([0, 100, 200, 300, 9000, 9100])).toBe(10);
  expect(sampleHz([0, 1000])).toBeUndefined();
  expect(sampleHz([5, 5, 5])).toBeUndefined();
});

test('a device that begins to measure at another rate is found; a pause or one lost reading is not', () => {
  const steady = seconds(100, (second) => second * 1000);
  expect(findRateChange(steady)).toEqual([]);
  expect(findRateChange(steady.filter((_, at) => at !== 30))).toEqual([]);
  expect(findRateChange([...steady, ...steady.map((time) => time + 3_600_000)])).toEqual([]);
  const slower = [...steady, ...seconds(100, (second) => 100_000 + second * 5000)];
  expect(findRateChange(slower)).toMatchObject([
    { channel: '', kind: 'rate_changed', detail: 'a reading each 1 s became one each 5 s' },
  ]);
  expect(findRateChange(steady.slice(0, 20))).toEqual([]);
});
