import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { QuotaLease } from './quota-lease.ts';

const limit = 10_000;
const resetsAtMs = 1_000_000;
const standing = (used: number, month = '2026-11') => ({ month, used, limit, resetsAtMs });

test('spends what was charged and no more', () => {
  const lease = new QuotaLease(limit);
  expect(lease.spend(5, 0)).toBe(false);
  const ask = lease.ask(5, 0);
  expect(ask).toEqual({ needed: 5, wanted: 21, spent: 0 });
  lease.answered({ granted: 21, standing: standing(21), spent: 0 }, 0);
  expect([lease.spend(5, 0), lease.spend(16, 0), lease.spend(1, 0)]).toEqual([true, true, false]);
  lease.restore(3);
  expect([lease.spend(4, 0), lease.spend(3, 0)]).toEqual([false, true]);
});

test('who asks again soon holds more, up to a hundredth of the month; after a pause it begins anew', () => {
  const lease = new QuotaLease(limit);
  const reserves: number[] = [];
  for (let nowMs = 0; nowMs < 6000; nowMs += 1000) {
    const { needed, wanted } = lease.ask(0, nowMs);
    reserves.push(wanted - needed);
    lease.answered({ granted: 0, standing: standing(0), spent: 0 }, nowMs);
  }
  expect(reserves).toEqual([16, 32, 64, 100, 100, 100]);
  expect(lease.ask(0, 60_000).wanted).toBe(16);
});

test('a refusal is believed for two seconds, for as much as was not there', () => {
  const lease = new QuotaLease(limit);
  lease.ask(50, 0);
  lease.answered({ granted: undefined, standing: standing(9990), spent: 0 }, 0);
  expect([lease.isRefused(50, 1000), lease.isRefused(10, 1000), lease.isRefused(50, 2001)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('while auth is away a hundredth of the month passes and is owed', () => {
  const lease = new QuotaLease(limit);
  expect([lease.overdraw(60), lease.overdraw(41), lease.overdraw(40)]).toEqual([true, false, true]);
  expect(lease.ask(1, 0).spent).toBe(100);
  lease.answered({ granted: 17, standing: standing(117), spent: 100 }, 0);
  expect(lease.owed).toBe(0);
  expect(lease.overdraw(100)).toBe(true);
});

test('what was charged to a month is worth nothing in the next, and is given back with its month', () => {
  const lease = new QuotaLease(limit);
  lease.answered({ granted: 20, standing: standing(20), spent: 0 }, 0);
  expect(lease.release(10)).toEqual({ month: '2026-11', molecules: 20 });
  expect(lease.release(10)).toBeUndefined();
  lease.answered({ granted: 20, standing: standing(20), spent: 0 }, 0);
  expect(lease.spend(1, resetsAtMs)).toBe(false);
  expect(lease.release(resetsAtMs)).toBeUndefined();
});

test('whatever is spent, restored and reserved, never more than what was charged', () => {
  const step = fc.record({ spend: fc.nat(50), restored: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lease = new QuotaLease(limit);
      let charged = 0;
      let answered = 0;
      for (const [nowMs, { spend, restored }] of steps.entries()) {
        if (!lease.spend(spend, nowMs)) {
          const ask = lease.ask(spend, nowMs);
          charged += ask.wanted;
          lease.answered({ granted: ask.wanted, standing: standing(charged), spent: 0 }, nowMs);
          expect(lease.spend(spend, nowMs)).toBe(true);
        }
        const back = Math.floor(spend * restored);
        lease.restore(back);
        answered += spend - back;
      }
      expect(answered + (lease.release(steps.length)?.molecules ?? 0)).toBe(charged);
    }),
  );
});
