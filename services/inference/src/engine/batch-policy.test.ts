import { expect, test } from '@jest/globals';
import { type BatchLimits, takeBatch, type Waiting } from './batch-policy.ts';

const limits: BatchLimits = {
  maxRows: 4,
  maxCost: 40,
  bucketEdges: [10, 20],
  freeCost: 0,
  maxBucketWaitMs: 50,
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
  ['longest first within a batch', 'a3 b9 c6', {}, 'bca', '', '', ''],
  ['buckets stay apart, the fuller first', 'a5 b15 c16', {}, 'cb', '', '', 'a'],
  ['a bucket that waited too long goes first', 'a5@50 b15 c16', {}, 'a', '', '', 'bc'],
  ['just not too long', 'a5@51 b15 c16', {}, 'cb', '', '', 'a'],
  ['above the last edge is a bucket', 'a25 b30 c5', { maxCost: 90 }, 'ba', '', '', 'c'],
  ['so little that padding is free', 'a5 b15 c9', { freeCost: 45, maxCost: 60 }, 'bca', '', '', ''],
  ['one cell more than is free', 'a5 b15 c9', { freeCost: 44 }, 'ca', '', '', 'b'],
  ['free padding keeps to the limit of rows', 'a1 b1 c1 d1 e1', { freeCost: 99 }, 'abcd', '', '', 'e'],
  ['a group runs alone', 'a5#g b6#g c5', {}, 'ba', '', '', 'c'],
  ['others do not ride with a group', 'a5 b6#g c7', { freeCost: 99 }, 'ca', '', '', 'b'],
  ['a group keeps its buckets however few', 'a5#g b15#g', { freeCost: 99 }, 'b', '', '', 'a'],
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
