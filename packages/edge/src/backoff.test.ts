import { expect, test } from '@jest/globals';
import { refusal } from './api.ts';
import { Backoff, retryAfterMs } from './backoff.ts';
import { Stamper } from './stamper.ts';

test('waiting doubles up to the longest, half of it by chance, and begins anew after a success', () => {
  const waits = (random: number) => {
    const backoff = new Backoff({ firstMs: 100, longestMs: 1000, random: () => random });
    return Array.from({ length: 6 }, () => backoff.next());
  };
  expect(waits(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
  const backoff = new Backoff({ firstMs: 100, longestMs: 1000, random: () => 1 });
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('what the fleet asks for is waited for at least', () => {
  const backoff = new Backoff({ firstMs: 100, longestMs: 1000, random: () => 0.5 });
  expect(backoff.next(30_000)).toBe(30_025);
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(retryAfterMs('7', now)).toBe(7000);
  expect(retryAfterMs('Sat, 21 Nov 2026 10:00:05 GMT', now)).toBe(5000);
  for (const none of ['soon', '', undefined, 'Sat, 21 Nov 2026 09:00:00 GMT'])
    expect(retryAfterMs(none, now)).toBe(0);
  expect(retryAfterMs('999999999', now)).toBe(3_600_000);
  expect(refusal(429, '{"detail":"too many"}', '12')).toMatchObject({ waitMs: 12_000, needsPerson: false });
  expect(refusal(503, '<html>', undefined)).toMatchObject({ waitMs: 0, message: 'the fleet answered 503' });
  expect(refusal(401, '{"detail":"no such key"}', null)).toMatchObject({ waitMs: 30_000, needsPerson: true });
});

test('stamps are each later than the one before; a clock that is set back is followed', () => {
  const stamper = new Stamper();
  expect([1000, 1000, 1000, 1500].map((now) => stamper.stamp(now + 1e12) - 1e12)).toEqual([
    1000, 1001, 1002, 1500,
  ]);
  for (let burst = 0; burst < 5000; burst += 1) stamper.stamp(1e12 + 2000);
  expect(stamper.stamp(1e12 + 2001)).toBe(1e12 + 7000);
  expect(stamper.steps).toBe(0);
  expect(stamper.stamp(1e12 - 3_600_000)).toBe(1e12 - 3_600_000);
  expect(stamper.steps).toBe(1);
});
