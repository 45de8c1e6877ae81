import { expect, test } from '@jest/globals';
import { percentile } from '../report.ts';
import { disagreement } from './agreement.ts';
import { parseCoreList, shareCores } from './cores.ts';
import { chart } from './plot.ts';
import { inBlocks, ratioOf, summarise } from './statistics.ts';

const row = (...notes: [string, number][]) => ({
  notes: notes.map(([note, probability]) => ({ note, probability })),
});

test('answers agree within the tolerance, notes of equal probability in any order', () => {
  const ours = [row(['sweet', 0.9], ['vanilla', 0.5], ['creamy', 0.2])];
  expect(
    disagreement(ours, [row(['sweet', 0.901], ['vanilla', 0.5], ['creamy', 0.2])], ['C']),
  ).toBeUndefined();
  const near = [row(['sweet', 0.5], ['vanilla', 0.4999])];
  expect(disagreement(near, [row(['vanilla', 0.5], ['sweet', 0.4999])], ['C'])).toBeUndefined();
  // Another note in the last place, as probable.
  expect(disagreement(near, [row(['sweet', 0.5], ['woody', 0.4999])], ['C'])).toBeUndefined();
});

test('answers that differ are named by molecule, note and figure', () => {
  const ours = [row(['sweet', 0.9], ['vanilla', 0.5])];
  expect(disagreement(ours, [row(['sweet', 0.8], ['vanilla', 0.5])], ['CCO'])).toBe(
    'CCO: sweet 0.8 instead of 0.9',
  );
  expect(disagreement(ours, [row(['woody', 0.9], ['vanilla', 0.5])], ['CCO'])).toContain('sweet 0 instead');
  expect(disagreement(ours, [row(['sweet', 0.9])], ['CCO'])).toBe('CCO: 1 notes instead of 2');
  expect(disagreement(ours, [], ['CCO'])).toBe('0 rows instead of 1');
});

test('a block is ABBA, the next BAAB; ratios are of its means', async () => {
  const order: string[] = [];
  const side = (name: string, value: number) => async () => {
    order.push(name);
    return value;
  };
  const blocks = await inBlocks(2, side('A', 4), side('B', 2));
  expect(order.join('')).toBe('ABBABAAB');
  expect(ratioOf(blocks, (one) => one)).toEqual({ median: 2, blocks: [2, 2], spread: 0, isUsable: true });
});

test('a ratio whose blocks lie too far apart is unusable', () => {
  expect(summarise([1, 2, 1.9])).toMatchObject({ median: 1.9, isUsable: true });
  expect(summarise([1, 2, 3])).toMatchObject({ median: 2, spread: 1, isUsable: false });
});

test('percentiles go by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([], 0.5)]).toEqual([
    50,
    99,
    Number.NaN,
  ]);
});

test('a quarter of the cores sends, at least one; one core is shared', () => {
  expect(parseCoreList('0-2,5')).toEqual([0, 1, 2, 5]);
  expect(shareCores([0, 1])).toEqual({ server: [0], client: [1], isPinned: true });
  expect(shareCores([0, 1, 2, 3, 4, 5, 6, 7]).client).toEqual([6, 7]);
  expect(shareCores([3])).toEqual({ server: [3], client: [3], isPinned: false });
});

test('a chart has a line and a label for each series, and no place for what is no number', () => {
  const svg = chart({
    title: 'a & b',
    x: 'offered',
    y: 'ms',
    isLogY: true,
    series: [
      {
        name: 'ours',
        points: [
          [1, 1],
          [2, 10],
          [3, Number.NaN],
        ],
      },
      { name: 'theirs', points: [[1, 5]] },
    ],
  });
  expect(svg).toContain('a &amp; b');
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).not.toContain('NaN');
});
