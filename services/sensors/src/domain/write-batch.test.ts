import { expect, test } from '@jest/globals';
import { takeBatch, waitForOthers } from './write-batch.ts';

const limits = { maxReadings: 10, maxEntries: 3 };
const entry = (deviceId: string, readings: number) => ({ deviceId, readings });
const take = (waiting: ReturnType<typeof entry>[], busy: string[] = []) => ({
  taken: takeBatch(waiting, new Set(busy), limits).map(({ deviceId }) => deviceId),
  left: waiting.map(({ deviceId }) => deviceId),
});

test('what waits goes together, as many as fit', () => {
  expect(take([entry('a', 1), entry('b', 1), entry('c', 1), entry('d', 1)])).toEqual({
    taken: ['a', 'b', 'c'],
    left: ['d'],
  });
  expect(take([entry('a', 6), entry('b', 5), entry('c', 4)])).toEqual({ taken: ['a', 'c'], left: ['b'] });
  expect(take([])).toEqual({ taken: [], left: [] });
});

test('an entry larger than a batch goes alone', () => {
  expect(take([entry('a', 11), entry('b', 1)])).toEqual({ taken: ['a'], left: ['b'] });
});

test('a device is in one batch at a time, and its entries keep their order', () => {
  expect(take([entry('a', 1), entry('a', 1), entry('b', 1)])).toEqual({ taken: ['a', 'b'], left: ['a'] });
  expect(take([entry('a', 1), entry('b', 1)], ['a'])).toEqual({ taken: ['b'], left: ['a'] });
  // The second of b must not overtake its first, which does not fit.
  expect(take([entry('a', 9), entry('b', 5), entry('b', 1)])).toEqual({ taken: ['a'], left: ['b', 'b'] });
  expect(take([entry('a', 1)], ['a'])).toEqual({ taken: [], left: ['a'] });
});

test('others are waited for some milliseconds, but not by who sends one message after the other', () => {
  const last = { beganMs: 1000, devices: new Set(['a', 'b']) };
  expect(waitForOthers([entry('c', 1)], last, 1003)).toBe(7);
  expect(waitForOthers([entry('c', 1)], last, 1010)).toBe(0);
  expect(waitForOthers([entry('c', 1), entry('a', 1)], last, 1003)).toBe(0);
  const none = { beganMs: Number.NEGATIVE_INFINITY, devices: new Set<string>() };
  expect(waitForOthers([entry('c', 1)], none, 0)).toBe(0);
});
