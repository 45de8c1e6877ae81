import { expect, test } from '@jest/globals';
import { budgetOf, isEnough, shareOf, stillNeeded } from './budget.ts';

const plain = { hasMatch: true, isDemanding: false };

test.each([
  [1, plain, { enough: 3, choiceSamples: 2000, maxSamples: 2000, samplesAtOnce: 64 }],
  [10, plain, { enough: 30, choiceSamples: 2000, maxSamples: 2000, samplesAtOnce: 64 }],
  [1000, plain, { enough: 1500, choiceSamples: 40_000, maxSamples: 40_000, samplesAtOnce: 256 }],
  [
    10,
    { ...plain, hasMatch: false },
    { enough: 10, choiceSamples: 2000, maxSamples: 2000, samplesAtOnce: 64 },
  ],
  [
    10,
    { ...plain, isDemanding: true },
    { enough: 30, choiceSamples: 2000, maxSamples: 20_000, samplesAtOnce: 256 },
  ],
  [
    1000,
    { ...plain, isDemanding: true },
    { enough: 1500, choiceSamples: 40_000, maxSamples: 200_000, samplesAtOnce: 256 },
  ],
])('%d molecules, %j', (count, kind, budget) => {
  expect(budgetOf(count, kind)).toEqual(budget);
});

test('a choice is waited for at first, the molecules asked for after that', () => {
  const budget = budgetOf(10, { ...plain, isDemanding: true });
  expect(isEnough(budget, 10, { passed: 30, sampled: 256 })).toBe(true);
  expect(isEnough(budget, 10, { passed: 29, sampled: 1999 })).toBe(false);
  expect(isEnough(budget, 10, { passed: 10, sampled: 2000 })).toBe(true);
  expect(isEnough(budget, 10, { passed: 9, sampled: 19_999 })).toBe(false);
});

test('what is still needed follows from how much passed so far, and ends with the samples', () => {
  const budget = budgetOf(1000, plain);
  expect(stillNeeded(budget, { passed: 0, sampled: 0 })).toBe(2000);
  expect(stillNeeded(budget, { passed: 497, sampled: 996 })).toBe(2006);
  expect(stillNeeded(budget, { passed: 1500, sampled: 3000 })).toBe(0);
  expect(stillNeeded(budget, { passed: 0, sampled: 30_000 })).toBe(10_000);
});

test('lanes share what is still needed, none less than is drawn side by side', () => {
  const of = (samples: number, most = 256) => shareOf(samples, { lanes: 4, most });
  expect(of(5000)).toBe(256);
  expect(of(400)).toBe(100);
  expect(of(90)).toBe(64);
  expect(of(0)).toBe(64);
});
