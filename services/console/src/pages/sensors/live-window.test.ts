import { expect, test } from '@jest/globals';
import { emptyWindow, newestOf, withReadings } from './live-window.ts';

const reading = (second: number, channels: Record<string, number | null>) => ({
  t: new Date(second * 1000).toISOString(),
  channels,
});

test('a window takes what is newer and lets go of what is older than it is long', () => {
  const names = ['NO2', 'CO'];
  const first = withReadings(emptyWindow, [reading(1, { NO2: 5 }), reading(2, { NO2: 6, CO: 7 })], names, 2);
  expect(first).toEqual({ times: [1, 2], channels: { NO2: [5, 6], CO: [null, 7] } });
  const second = withReadings(first, [reading(2, { NO2: 9 }), reading(4, { NO2: null, CO: 8 })], names, 2);
  expect(second).toEqual({ times: [2, 4], channels: { NO2: [6, null], CO: [7, 8] } });
  expect(withReadings(second, [], names, 2)).toBe(second);
});

test('the newest value is the last that was measured', () => {
  expect(newestOf([1, 2, null])).toBe(2);
  expect(newestOf([null])).toBeUndefined();
  expect(newestOf(undefined)).toBeUndefined();
});
