import { expect, test } from '@jest/globals';
import { alignedEnd, fuse } from './fuse.ts';

const opinion = (almond: number, more: { isUnknown?: boolean; coverage?: number } = {}) => ({
  substances: ['almond', 'garlic'],
  probabilities: [almond, 1 - almond],
  isUnknown: false,
  coverage: 1,
  ...more,
});

test('devices that agree stay as sure as they are, one says what it says', () => {
  expect(fuse([opinion(0.8), opinion(0.8)]).probabilities[0]).toBeCloseTo(0.8, 6);
  expect(fuse([opinion(0.3)])).toMatchObject({ substances: ['garlic', 'almond'], isUnknown: false });
});

test('the surer device outweighs the less sure one, and a short window counts for less', () => {
  expect(fuse([opinion(0.95), opinion(0.4)]).substances[0]).toBe('almond');
  expect(fuse([opinion(0.9, { coverage: 0.3 }), opinion(0.2)]).substances[0]).toBe('garlic');
});

test('one device that rules a substance out does not decide alone', () => {
  expect(fuse([opinion(0), opinion(0.99), opinion(0.99), opinion(0.99)]).substances[0]).toBe('almond');
});

test('unknown is a matter of half of the weight', () => {
  const unknown = { isUnknown: true };
  expect(fuse([opinion(0.9, unknown), opinion(0.9)]).isUnknown).toBe(true);
  expect(fuse([opinion(0.9, unknown), opinion(0.9), opinion(0.9)]).isUnknown).toBe(false);
  expect(fuse([])).toEqual({ substances: [], probabilities: [], isUnknown: false });
});

test('windows end where every device that is not silent has measured', () => {
  const at = (...times: (number | undefined)[]) =>
    alignedEnd(times.map((lastReadingMs, n) => ({ id: String(n), lastReadingMs })));
  expect(at(100_000, 98_000, 99_000)).toBe(98_000);
  expect(at(100_000, 60_000, undefined)).toBe(100_000);
  expect(at(undefined)).toBeUndefined();
  expect(at()).toBeUndefined();
});
