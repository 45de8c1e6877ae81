import { expect, test } from '@jest/globals';
import { callSeed } from './seeds.ts';

test('the same call has the same seed, within 32 bits', () => {
  expect(callSeed(7, 0, 0)).toBe(callSeed(7, 0, 0));
  expect(callSeed(2 ** 32 - 1, 99, 3)).toBeLessThan(2 ** 32);
});

test('no two calls of a large job share a seed', () => {
  const seeds = Array.from({ length: 100 }, (_, chunk) =>
    [0, 1, 2, 3].map((attempt) => callSeed(7, chunk, attempt)),
  );
  expect(new Set(seeds.flat()).size).toBe(400);
});
