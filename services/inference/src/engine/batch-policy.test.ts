import { expect, test } from '@jest/globals';
import { type BatchLimits, takeBatch, type Waiting } from './batch-policy.ts';

const limits: BatchLimits = {
  maxRows: 4,
  maxCost: 40,
  bucketEdges: [10, 20],
  startCost: 0,
  maxWaitMs: 50,
};

interface Row extends Waiting {
  readonly id: string;
}

/** `a5` is a row named a of cost 5; `!` after it: cancelled; `~`: expired; `@30`: pushed at 30 ms; `#g`: in group g. */
function rows(text: string): Row[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const parts = /^([a-z])(\d+)(!?)(~?)(?:@(\d+))?(?:#(\w+))?$/.exec(word);
      if (!parts) throw new Error(`cannot read ${word}`);
      const [, id = '', cost, cancelled, expired, pushed, group] = parts;
      return {
        id,
        cost: Number(cost),
        isCancelled: cancelled === '!',
        deadlineMs: expired === '~' ? 100 : 1000,
        pushedMs: Number(pushed ?? 100),
        group,
      };
    });
}

const ids = (entries: readonly Row[]) => entries.map(({ id }) => id).join('');

test.each([
  ['empty', '', {}, '', '', '', ''],
  ['one', 'a5', {}, 'a', '', '', ''],
  ['exact fit of cells', 'a10 b10 c10 d10', {}, 'abcd', '', '', ''],
  ['over by one cell', 'a10 b10 c10 d10', { maxCost: 39 }, 'abc', '', '', 'd'],
  ['over by one row', 'a2 b2 c2 d2 e2', {}, 'abcd', '', '', 'e'],
  ['a longer row makes the others cost more', 'a4 b4 c4 d10', { maxCost: 30 }, 'abc', '', '', 'd'],
  ['one giant, alone as large as a batch', 'a40 b40', {}, 'a', '', '', 'b'],
  ['all cancelled', 'a5! b5!', {}, '', 'ab', '', ''],
  ['all expired', 'a5~ b5~', {}, '', '', 'ab', ''],
  ['cancelled and expired leave, the rest runs', 'a5! b5~ c5 d5', {}, 'cd', 'a', 'b', ''],
  ['longest first within a batch', 'a3 b9 c6', { startCost: 9 }, 'bca', '', '', ''],
  ['unlike rows stay apart, the more cells first', 'a5 b16 c16', {}, 'bc', '', '', 'a'],
  ['one that waited too long goes first', 'a5@50 b16 c16', {}, 'a', '', '', 'bc'],
  ['just not too long', 'a5@51 b16 c16', {}, 'bc', '', '', 'a'],
  ['who waited too long takes along who is like it', 'a5@50 b16 c5', {}, 'ac', '', '', 'b'],
  ['padding costs no more than a start', 'a5 b10 c9', { startCost: 6 }, 'bca', '', '', ''],
  ['padding costs more than a start', 'a5 b10 c9', { startCost: 5 }, 'bc', '', '', 'a'],
  ['padding counts as cells', 'a9 b10 c10 d10', { startCost: 1, maxCost: 39 }, 'bcd', '', '', 'a'],
  ['padding keeps to the limit of rows', 'a1 b1 c1 d2 e1', { startCost: 99 }, 'dabc', '', '', 'e'],
  ['unpadded rows of any length', 'a1 b20 c2', { isUnpadded: true }, 'bca', '', '', ''],
  ['unpadded rows keep to the limit', 'a3 b20 c20', { isUnpadded: true }, 'bc', '', '', 'a'],
  ['a group runs alone', 'a5#g b6#g c5', {}, 'ba', '', '', 'c'],
  ['a group takes its rows as they came', 'a2#g b9#g c3#g', { maxRows: 2 }, 'ba', '', '', 'c'],
  ['others do not ride with a group', 'a5 b6#g c7', { startCost: 99 }, 'ca', '', '', 'b'],
  ['a group keeps its buckets however few', 'a5#g b15#g', { startCost: 99 }, 'b', '', '', 'a'],
  ['above the last edge is a bucket', 'a25#g b30#g c5#g', { maxCost: 90 }, 'ba', '', '', 'c'],
] as const)('%s', (_, entries, change, batch, cancelled, expired, rest) => {
  const taken = takeBatch(rows(entries), { ...limits, ...change }, 100);
  expect({
    batch: ids(taken.batch),
    cancelled: ids(taken.cancelled),
    expired: ids(taken.expired),
    rest: ids(taken.rest),
  }).toEqual({ batch, cancelled, expired, rest });
});

test('a row is always taken in the end', () => {
  let waiting: readonly Row[] = rows('a1 b40 c11 d7 e20 f3 g3 h3 i3 j3');
  const order: string[] = [];
  for (let now = 100; waiting.length > 0; now += 10) {
    const taken = takeBatch(waiting, limits, now);
    expect(taken.batch.length).toBeGreaterThan(0);
    order.push(ids(taken.batch));
    waiting = taken.rest;
  }
  expect(order.join('').split('').sort().join('')).toBe('abcdefghij');
});
