import { expect, test } from '@jest/globals';
import { AdmissionReserve } from './admission-reserve.ts';

const windowMs = 3_600_000;
const slotMs = windowMs / 60;
const ask = { limit: 10_000, windowMs };
const now = 1000 * windowMs;
/** As the store answers at `now`, when a slot has just begun. */
const granted = (used: number) => ({ granted: 1, used, resetMs: windowMs + slotMs, slot: 60_000 });
/** And when it has still this long to go. */
const late = (used: number, slotLeftMs: number) => ({ ...granted(used), resetMs: windowMs + slotLeftMs });

test('a busy identity is asked for ahead, twice as much each time; a quiet one is not', () => {
  const reserve = new AdmissionReserve();
  const sizes: number[] = [];
  for (let at = now; at < now + 2000; at += 200) {
    sizes.push(reserve.more('key', ask, 1, at));
    reserve.filled('key', ask, late(1, 30_000), 0, at);
  }
  expect(sizes).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 156]);
  expect(reserve.more('key', ask, 1, now + 4000)).toBe(78);
  expect(reserve.more('other', ask, 1, now)).toBe(0);
});

test('of what is left a gateway holds its share of 1 in 64: of small limits and near the end nothing', () => {
  const after = (limit: number, used: number, gateways: number) => {
    const reserve = new AdmissionReserve();
    for (let turn = 0; turn < 10; turn += 1) {
      reserve.more('key', { limit, windowMs }, gateways, now);
      reserve.filled('key', { limit, windowMs }, late(used, 30_000), 0, now);
    }
    return reserve.more('key', { limit, windowMs }, gateways, now);
  };
  expect(after(10_000, 0, 1)).toBe(156);
  expect(after(10_000, 8_000, 4)).toBe(7);
  expect(after(10_000, 9_900, 1)).toBe(1);
  expect(after(10_000, 9_940, 1)).toBe(0);
  expect(after(60, 0, 1)).toBe(0);
});

test('gives what it holds and no more, counting down, for a second', () => {
  const reserve = new AdmissionReserve();
  reserve.filled('key', ask, late(13, 30_000), 2, now);
  expect(reserve.spend('key', ask, now + 10)).toMatchObject({ granted: 1, used: 12 });
  expect(reserve.spend('key', ask, now + 999)).toMatchObject({ used: 13, resetMs: windowMs + 30_000 - 999 });
  expect(reserve.spend('key', ask, now + 20)).toBeUndefined();
  reserve.filled('key', ask, late(15, 30_000), 2, now);
  expect(reserve.spend('key', { ...ask, limit: 1000 }, now)).toBeUndefined();
  expect(reserve.spend('key', ask, now + 1000)).toBeUndefined();
  expect(reserve.release(now + 999)).toEqual([]);
  expect(reserve.release(now + 1000)).toEqual([
    { identity: 'key', windowMs, counts: [{ slot: 60_000, count: 2 }] },
  ]);
  expect(reserve.release(now + 1000)).toEqual([]);
});

test('what is held when the next slot begins is given back, though more is held then', () => {
  const reserve = new AdmissionReserve();
  reserve.filled('key', ask, late(13, 300), 5, now);
  reserve.filled('key', ask, { ...late(20, 59_000), slot: 60_001 }, 3, now + 400);
  expect(reserve.release(now + 500)).toEqual([
    { identity: 'key', windowMs, counts: [{ slot: 60_000, count: 5 }] },
  ]);
  expect(reserve.spend('key', ask, now + 500)).toMatchObject({ used: 18, slot: 60_001 });
  expect(reserve.release(now + 600)).toEqual([]);
});

test('what is counted in a slot is given in that slot only', () => {
  const reserve = new AdmissionReserve();
  reserve.filled('key', ask, late(13, 300), 2, now);
  expect(reserve.spend('key', ask, now + 298)).toBeDefined();
  expect(reserve.spend('key', ask, now + 299)).toBeUndefined();
});

test('an answer that comes while some is held adds to it; a lost store takes it away', () => {
  const reserve = new AdmissionReserve();
  reserve.filled('key', ask, late(13, 30_000), 2, now);
  reserve.filled('key', ask, late(16, 30_000), 1, now + 5);
  expect([1, 2, 3, 4].map(() => reserve.spend('key', ask, now + 6)?.used)).toEqual([14, 15, 16, undefined]);
  reserve.filled('key', ask, late(18, 30_000), 2, now);
  reserve.drop();
  expect(reserve.spend('key', ask, now)).toBeUndefined();
  expect(reserve.release(now + 5000)).toEqual([]);
});
