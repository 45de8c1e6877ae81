import { expect, test } from '@jest/globals';
import { baselineDrift } from './baseline-drift.ts';

const baseline = (levels: Record<string, number>) => new Map(Object.entries(levels));

test.each([
  ['nothing changed', { a: 100, b: 50 }, { a: 100, b: 50 }, 0],
  ['the channel that moved most counts', { a: 100, b: 50 }, { a: 110, b: 20 }, 0.6],
  ['a fall counts as a rise does', { a: 100 }, { a: 50 }, 0.5],
  ['a channel that only one of them knows says nothing', { a: 100 }, { b: 7 }, 0],
  ['a level of nothing is taken as one count', { a: 0 }, { a: 3 }, 3],
])('%s', (_, before, last, drift) => {
  expect(baselineDrift(baseline(before), baseline(last))).toBeCloseTo(drift, 12);
});
