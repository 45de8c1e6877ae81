import { expect, test } from '@jest/globals';
import { paceOf } from './pace.ts';

test('a page looks as often as can be followed, and less often where a limit is near', () => {
  expect(paceOf(null)).toBe(2000);
  expect(paceOf(null, 15_000)).toBe(15_000);
  expect(paceOf('"hour";r=9990;t=3600')).toBe(2000);
  expect(paceOf('"hour";r=720;t=3600')).toBe(20_000);
  expect(paceOf('"hour";r=720;t=3600', 15_000)).toBe(20_000);
  expect(paceOf('"hour";r=0;t=3600')).toBe(60_000);
});
