import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { grantQuota, monthEnd, monthOf } from './quota.ts';

test.each([
  ['fits', { needed: 10, wanted: 10 }, 0, 100, 10],
  ['the last ones', { needed: 10, wanted: 50 }, 90, 100, 10],
  ['one too many', { needed: 11, wanted: 11 }, 90, 100, undefined],
  ['a reserve beside the need', { needed: 20, wanted: 1000 }, 0, 100, 30],
  ['a small reserve', { needed: 20, wanted: 25 }, 0, 100, 25],
  ['nothing needed of a month used up', { needed: 0, wanted: 5 }, 120, 100, 0],
  ['no limit', { needed: 20, wanted: 25 }, 1e9, undefined, 25],
] as const)('%s', (_, ask, used, limit, granted) => {
  expect(grantQuota(ask, used, limit)).toBe(granted);
});

test('whatever is asked, no more is charged than there is', () => {
  const ask = fc.record({ needed: fc.nat(2000), wanted: fc.nat(4000) });
  fc.assert(
    fc.property(fc.array(ask), fc.nat(5000), (asks, limit) => {
      let used = 0;
      for (const one of asks) used += grantQuota(one, used, limit) ?? 0;
      expect(used).toBeLessThanOrEqual(limit);
    }),
  );
});

test('a month ends where the next begins', () => {
  expect(monthOf(new Date('2026-12-31T23:59:59.999Z'))).toBe('2026-12');
  expect(monthEnd(new Date('2026-12-31T23:59:59.999Z'))).toEqual(new Date('2027-01-01T00:00:00Z'));
  expect(monthEnd(new Date('2027-01-01T00:00:00Z'))).toEqual(new Date('2027-02-01T00:00:00Z'));
});
