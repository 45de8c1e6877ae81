import { expect, test } from '@jest/globals';
import { append } from './newest-readings.ts';

const limits = { spanMs: 3000, limit: 10 };
const block = (...times: number[]) => ({
  channels: ['A', 'B'],
  timesMs: times,
  values: Float64Array.from(times.flatMap((time) => [time, -time])),
});

test('later readings come behind, and the oldest go', () => {
  const known = { version: 7, block: block(1000, 2000, 3000) };
  const next = append(known, block(4000, 5000), 9, limits);
  expect(next).toEqual({ version: 9, block: block(2000, 3000, 4000, 5000) });
  expect(append(known, block(4000), 8, { ...limits, limit: 2 })?.block).toEqual(block(3000, 4000));
});

test('readings between, or that others have stored, make them be read again', () => {
  const known = { version: 7, block: block(1000, 3000) };
  expect(append(known, block(2000), 8, limits)).toBeUndefined();
  expect(append(known, block(4000), 9, limits)).toBeUndefined();
  expect(append(known, block(), 6, limits)).toBeUndefined();
  expect(append(known, block(), 7, limits)).toEqual(known);
});

test('the first ones', () => {
  expect(append({ version: 0, block: block() }, block(1000), 1, limits)?.block).toEqual(block(1000));
});
