import { expect, test } from '@jest/globals';
import { seeded } from './random.ts';
import { slopeOf } from './slope.ts';

const random = seeded(2);
const noisy = (perX: number) =>
  Array.from(
    { length: 600 },
    (_, index) => [index / 600, 100 + (perX * index) / 600 + 4 * (random() - 0.5)] as const,
  );

test('a leak is told from noise, and noise is no leak', () => {
  const leak = slopeOf(noisy(20));
  expect(leak.perX).toBeGreaterThan(18);
  expect(leak.perX - 2 * leak.error).toBeGreaterThan(15);
  const none = slopeOf(noisy(0));
  expect(Math.max(0, none.perX - 2 * none.error)).toBeLessThan(1);
});

test('so few points tell nothing', () => {
  expect(
    slopeOf([
      [0, 1],
      [1, 2],
    ]).error,
  ).toBe(Number.POSITIVE_INFINITY);
});
