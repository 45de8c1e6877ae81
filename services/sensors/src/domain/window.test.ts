import { expect, test } from '@jest/globals';
import type { ReadingBlock } from './readings.ts';
import { newestWindow, orderReadings, type WindowRules } from './window.ts';

const rules: WindowRules = { channels: ['A', 'B'], windowS: 100, minWindowS: 30, maxGapS: 5, maxBreakS: 30 };

/** Readings of A at the given seconds; B is a hundred more. */
function readings(seconds: readonly number[], value: (s: number) => number = (s) => s): ReadingBlock {
  return {
    channels: ['B', 'A'],
    timesMs: seconds.map((s) => s * 1000),
    values: Float64Array.from(seconds.flatMap((s) => [value(s) + 100, value(s)])),
  };
}
const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
const channelA = (frames: Float32Array): number[] => Array.from(frames).filter((_, i) => i % 2 === 0);

test('readings are ordered and the first of equal times stays', () => {
  const given: ReadingBlock = {
    channels: ['A'],
    timesMs: [3000, 1000, 2000, 1000],
    values: Float64Array.from([3, 1, 2, 9]),
  };
  const { block, duplicates, outOfOrder } = orderReadings(given);
  expect(block.timesMs).toEqual([1000, 2000, 3000]);
  expect(Array.from(block.values)).toEqual([1, 2, 3]);
  expect([duplicates, outOfOrder]).toEqual([1, 3]);
});

test('a full window is the newest 100 s, in the order of the model channels', () => {
  const window = newestWindow(readings(range(0, 250)), rules);
  expect(window).toMatchObject({ status: 'ready', frameCount: 100, coveredS: 100, endMs: 250_000 });
  expect(channelA(window.frames)).toEqual(range(151, 250));
  expect(window.frames[1]).toBe(251);
});

test.each([
  [29, 'warming_up'],
  [30, 'ready'],
] as const)('%d s of readings: %s', (count, status) => {
  expect(newestWindow(readings(range(1, count)), rules)).toMatchObject({ status, frameCount: count });
});

test('several readings in a second are averaged, and a slow device is interpolated', () => {
  const fast = newestWindow(readings(range(0, 60, 0.25)), rules);
  expect(fast.frameCount).toBe(61);
  expect(channelA(fast.frames)[30]).toBeCloseTo(30, 0);
  const slow = newestWindow(readings(range(0, 60, 3)), rules);
  expect(slow.frameCount).toBe(61);
  channelA(slow.frames).forEach((value, t) => {
    expect(value).toBeCloseTo(t, 4);
  });
});

test('a long gap stays a gap and a short one is bridged', () => {
  const given = readings(range(0, 99).filter((s) => !(s > 20 && s < 24) && !(s > 50 && s < 60)));
  const a = channelA(newestWindow(given, rules).frames);
  expect(a[22]).toBeCloseTo(22, 4);
  expect(a[55]).toBeNaN();
});

test('after a break the window begins anew', () => {
  const window = newestWindow(readings([...range(0, 99), ...range(140, 160)]), rules);
  expect(window).toMatchObject({ status: 'warming_up', frameCount: 21 });
});

test('a faulty value inside a second does not spoil its neighbours, and an absent channel is NaN', () => {
  const given = readings(range(0, 40), (s) => (s === 10 ? Number.NaN : s));
  const a = channelA(newestWindow(given, rules).frames);
  expect(a[10]).toBeCloseTo(10, 4);
  const other = newestWindow(given, { ...rules, channels: ['A', 'C'] });
  expect(other.frames[1]).toBeNaN();
});

test('no reading at all is warming up', () => {
  expect(newestWindow(readings([]), rules)).toMatchObject({
    status: 'warming_up',
    frameCount: 0,
    endMs: undefined,
  });
});
