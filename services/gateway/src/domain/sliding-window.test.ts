import { expect, test } from '@jest/globals';
import { decide } from './sliding-window.ts';

const hour = 3_600_000;

test.each([
  ['nothing used', { current: 0, previous: 0, elapsedMs: 0 }, true, 9, hour],
  ['the last one', { current: 9, previous: 0, elapsedMs: hour / 2 }, true, 0, hour / 2],
  ['one too many', { current: 10, previous: 0, elapsedMs: hour / 2 }, false, 0, hour / 2 + hour * 0.1],
  [
    'half of the hour before still counts',
    { current: 4, previous: 10, elapsedMs: hour / 2 },
    true,
    0,
    hour / 2,
  ],
  ['a little too early', { current: 5, previous: 10, elapsedMs: hour / 2 }, false, 0, hour * 0.1],
])('%s', (_name, counts, isAllowed, remaining, resetMs) => {
  const decision = decide(counts, 10, hour);
  expect(decision).toMatchObject({ isAllowed, remaining });
  expect(decision.resetMs).toBeCloseTo(resetMs, 3);
});

test('after the wait it told, a request fits', () => {
  for (const counts of [
    { current: 10, previous: 0, elapsedMs: 100 },
    { current: 3, previous: 12, elapsedMs: 50 },
    { current: 25, previous: 7, elapsedMs: 999 },
  ]) {
    const { isAllowed, resetMs } = decide(counts, 10, 1000);
    expect(isAllowed).toBe(false);
    const later = counts.elapsedMs + resetMs + 1e-6;
    const after =
      later < 1000
        ? { ...counts, elapsedMs: later }
        : { current: 0, previous: counts.current, elapsedMs: later - 1000 };
    expect(decide(after, 10, 1000).isAllowed).toBe(true);
  }
});
