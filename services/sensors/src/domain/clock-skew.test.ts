import { expect, test } from '@jest/globals';
import { type Arrival, judgeClock } from './clock-skew.ts';

const start = Date.parse('2026-11-21T10:00:00Z');
/** Messages each `everyMs`, whose newest reading lies back by the given lag. */
const arrivals = (count: number, lagMs: (n: number) => number, everyMs = 5000): Arrival[] =>
  Array.from({ length: count }, (_, n) => ({
    receivedMs: start + n * everyMs,
    newestMs: start + n * everyMs - lagMs(n),
  }));
const kinds = (given: Arrival[]) => judgeClock(given).map(({ kind }) => kind);

test.each([
  ['live', arrivals(12, () => 200), []],
  ['collected for half a minute', arrivals(12, () => 30_000, 30_000), []],
  ['an hour ahead', arrivals(1, () => -3_600_000), ['clock_ahead']],
  ['a little jitter ahead', arrivals(3, () => -900), []],
  ['an hour behind, live', arrivals(12, (n) => 3_600_000 + (n % 3) * 300), ['clock_behind']],
  ['a backfill that catches up', arrivals(12, (n) => 3_600_000 - n * 60_000), []],
  ['a backfill that has just begun', arrivals(3, () => 3_600_000), []],
  ['a recording replayed at once', arrivals(12, () => 3_600_000, 20), []],
  ['nothing', [], []],
] as const)('%s', (_, given, expected) => {
  expect(kinds([...given])).toEqual(expected);
});

test('the finding says by how much and what to do', () => {
  expect(judgeClock(arrivals(12, () => 7_200_000))[0]?.detail).toMatch(/7200 s late.*set it/);
});
