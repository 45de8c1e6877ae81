import { expect, test } from '@jest/globals';
import { RandomStream } from './random-stream.ts';

function draw(seed: number, row: number, count: number): number[] {
  const stream = new RandomStream(seed, row);
  return Array.from({ length: count }, () => stream.uniform());
}

test('the same seed and row give the same numbers, another row or seed others', () => {
  expect(draw(7, 0, 8)).toEqual(draw(7, 0, 8));
  expect(draw(7, 1, 8)).not.toEqual(draw(7, 0, 8));
  expect(draw(8, 0, 8)).not.toEqual(draw(7, 0, 8));
  expect(draw(7 + 2 ** 32, 0, 8)).not.toEqual(draw(7, 0, 8));
});

test('numbers are uniform in [0, 1)', () => {
  const numbers = Array.from({ length: 200 }, (_, row) => draw(1, row, 50)).flat();
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  // 10,000 draws: the mean's standard error is .0029.
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.012);
});

test.each([-1, 0.5, 2 ** 53, Number.NaN])('a seed of %p is refused', (seed) => {
  expect(() => new RandomStream(seed, 0)).toThrow(RangeError);
});
