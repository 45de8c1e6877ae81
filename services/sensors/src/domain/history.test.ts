import { expect, test } from '@jest/globals';
import { resolutionFor } from './history.ts';

test.each([
  [10 * 60_000, 600, 'raw'],
  [10 * 60_000 + 1000, 600, 'minute'],
  [3_600_000, 500, 'minute'],
  [600 * 60_000, 600, 'minute'],
  [24 * 3_600_000, 600, 'hour'],
  [365 * 24 * 3_600_000, 600, 'hour'],
  [0, 1, 'raw'],
] as const)('%d ms in %d points: %s', (spanMs, points, resolution) => {
  expect(resolutionFor(spanMs, points)).toBe(resolution);
});
