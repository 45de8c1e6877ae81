import { expect, test } from '@jest/globals';
import { judgeTimes } from './reading-times.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-21T10:00:00Z');
const rules = { nowMs, maxAgeMs: 730 * dayMs };

test('readings from 1970, 2100 and past their retention are refused by kind, the others are kept', () => {
  const times = [0, nowMs, Date.UTC(2100, 0, 1), nowMs - 731 * dayMs, 1000, nowMs - 729 * dayMs];
  const { refused, kept, findings } = judgeTimes(times, rules);
  expect(kept).toEqual([1, 5]);
  expect(refused.map(({ index, kind }) => [index, kind])).toEqual([
    [0, 'clock_not_set'],
    [2, 'in_future'],
    [3, 'too_old'],
    [4, 'clock_not_set'],
  ]);
  expect(findings.map(({ channel, kind, count }) => [channel, kind, count])).toEqual([
    ['', 'clock_not_set', 2],
    ['', 'in_future', 1],
    ['', 'too_old', 1],
  ]);
  expect(refused[2]?.detail).toContain('730 days');
});

test('a clock up to a day ahead passes: time zones and replays', () => {
  expect(judgeTimes([nowMs + dayMs, nowMs + dayMs + 1], rules).kept).toEqual([0]);
});
