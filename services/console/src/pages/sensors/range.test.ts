import { expect, test } from '@jest/globals';
import { extentOf, panned, rangeOf } from './range.ts';

const newest = Date.parse('2026-11-21T12:00:00Z');

test('a range ends with the newest reading, or where the address says', () => {
  expect(rangeOf('hour', undefined, newest)).toEqual({ from: newest - 3_600_000, to: newest });
  expect(rangeOf('hour', '2026-11-21T10:00:00Z', newest).to).toBe(newest - 7_200_000);
  expect(rangeOf('hour', 'yesterday', newest).to).toBe(newest);
  expect(rangeOf('hour', '2030-01-01T00:00:00Z', newest).to).toBe(newest);
});

test('it pans by half of itself, and goes along with the newest reading again when it reaches it', () => {
  const range = rangeOf('hour', undefined, newest);
  const end = panned(range, -1, newest);
  expect(end).toBe('2026-11-21T11:30:00.000Z');
  expect(panned(rangeOf('hour', end, newest), 1, newest)).toBe('');
});

test('a channel is summed up by how many readings each point has; nothing measured: nothing said', () => {
  const points = { mean: [1, null, 4], min: [0, null, 2], max: [3, null, 9] };
  expect(extentOf(points, [1, 5, 2])).toEqual({ min: 0, mean: 3, max: 9 });
  expect(extentOf({ mean: [null], min: [null], max: [null] }, [1])).toBeUndefined();
});
