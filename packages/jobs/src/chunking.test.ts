import { expect, test } from '@jest/globals';
import { chunkRanges } from './chunking.ts';

test.each([
  [1, 256, [1]],
  [256, 256, [256]],
  [257, 256, [256, 1]],
  [5000, 256, [...Array.from({ length: 19 }, () => 256), 136]],
])('%i rows by %i', (total, size, rowCounts) => {
  const ranges = chunkRanges(total, size);
  expect(ranges.map((range) => range.rowCount)).toEqual(rowCounts);
  let next = 0;
  for (const [place, range] of ranges.entries()) {
    expect(range).toMatchObject({ index: place, firstRow: next });
    next += range.rowCount;
  }
  expect(next).toBe(total);
});
