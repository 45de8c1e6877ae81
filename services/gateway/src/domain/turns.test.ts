import { expect, test } from '@jest/globals';
import { Turns } from './turns.ts';

test('who comes once a second never waits, however late some of them are', () => {
  const turns = new Turns({ everyMs: 800, lateMs: 1000 });
  const late = [0, 0, 990, 10, 400, 0, 999, 999, 0, 700, 3];
  expect(late.map((ms, second) => turns.take(1000 * second + ms))).toEqual(late.map(() => 0));
});

test('who comes more often has a turn each 800 ms, and at most those of a second at once', () => {
  const turns = new Turns({ everyMs: 800, lateMs: 1000 });
  let nowMs = 0;
  const taken: number[] = [];
  while (taken.length < 100) {
    nowMs += turns.take(nowMs);
    taken.push(nowMs);
    nowMs += 10;
  }
  expect(taken.slice(0, 4)).toEqual([0, 10, 600, 1400]);
  expect(taken.at(-1)).toBe(600 + 97 * 800);
});
