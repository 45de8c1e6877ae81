import { expect, test } from '@jest/globals';
import { OwnAdmissions } from './own-admissions.ts';

const windowMs = 3_600_000;
const now = 1000 * windowMs;
const slot = 1000 * 60;
const ask = { limit: 100, windowMs, wanted: 1 };

function letPass(own: OwnAdmissions, wanted: number, gateways: number, atMs = now): number {
  let granted = 0;
  for (let one = 0; one < wanted; one += 1) granted += own.takeAway('key', ask, gateways, atMs).granted;
  return granted;
}

test('alone it gives its share of what was left when it last heard', () => {
  const own = new OwnAdmissions();
  own.saw('key', windowMs, { granted: 1, used: 41, resetMs: 0, slot }, now);
  expect(letPass(own, 100, 3)).toBe(20);
  expect(own.takeAway('key', ask, 3, now)).toMatchObject({ granted: 0, used: 100 });
  // An hour later neither what it heard nor what it gave counts.
  expect(letPass(own, 100, 3, now + windowMs * 1.1)).toBe(34);
});

test('of an identity it never heard of it gives its share of the limit', () => {
  expect(letPass(new OwnAdmissions(), 200, 1)).toBe(100);
  expect(letPass(new OwnAdmissions(), 200, 2)).toBe(50);
});

test('what was let pass alone is owed until it is settled; what comes meanwhile stays owed', () => {
  const own = new OwnAdmissions();
  own.saw('key', windowMs, { granted: 5, used: 5, resetMs: 0, slot }, now);
  letPass(own, 3, 1);
  const debts = own.debts(false, now);
  expect(debts).toEqual([{ identity: 'key', windowMs, counts: [{ slot, count: 3 }] }]);
  letPass(own, 2, 1);
  own.settle(debts, false);
  expect(own.debts(false, now)).toEqual([{ identity: 'key', windowMs, counts: [{ slot, count: 2 }] }]);
});

test('a share is given once, also where what was let pass is told before the store answers again', () => {
  const own = new OwnAdmissions();
  own.saw('key', windowMs, { granted: 1, used: 40, resetMs: 0, slot }, now);
  expect(letPass(own, 100, 2)).toBe(30);
  own.settle(own.debts(true, now), true);
  expect(letPass(own, 100, 2)).toBe(0);
  own.saw('key', windowMs, { granted: 0, used: 90, resetMs: 0, slot }, now);
  expect(letPass(own, 100, 2)).toBe(5);
});

test('a store that lost everything is told all that still counts, once', () => {
  const own = new OwnAdmissions();
  own.saw('key', windowMs, { granted: 5, used: 30, resetMs: 0, slot }, now);
  letPass(own, 3, 1);
  const debts = own.debts(true, now);
  expect(debts).toEqual([{ identity: 'key', windowMs, counts: [{ slot, count: 8 }] }]);
  own.settle(debts, true);
  expect(own.debts(false, now)).toEqual([]);
  expect(own.debts(true, now)).toEqual(debts);
  expect(own.debts(true, now + 2 * windowMs)).toEqual([]);
});
