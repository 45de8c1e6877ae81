import { expect, test } from '@jest/globals';
import { missingRanges, readRange } from './partition-range.ts';

test('a time needs the range that it lies in, once, unless a known one covers it', () => {
  expect(missingRanges([25, 3, 9, 31, 10], 10, [])).toEqual([0, 10, 20, 30]);
  const known = [
    { fromMs: Number.NEGATIVE_INFINITY, toMs: 10 },
    { fromMs: 20, toMs: 30 },
  ];
  expect(missingRanges([25, 3, 9, 31, 10, -5], 10, known)).toEqual([10, 30]);
  expect(missingRanges([], 10, known)).toEqual([]);
});

test.each([
  ["FOR VALUES FROM ('0') TO ('604800000')", { fromMs: 0, toMs: 604_800_000 }],
  ["FOR VALUES FROM (MINVALUE) TO ('10')", { fromMs: Number.NEGATIVE_INFINITY, toMs: 10 }],
  ["FOR VALUES FROM ('-10') TO (MAXVALUE)", { fromMs: -10, toMs: Number.POSITIVE_INFINITY }],
  ['DEFAULT', undefined],
])('%s is read', (bound, range) => {
  expect(readRange(bound)).toEqual(range);
});
