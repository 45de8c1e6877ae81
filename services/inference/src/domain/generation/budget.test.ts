import { expect, test } from '@jest/globals';
import { budgetOf } from './budget.ts';

test.each([
  [1, false, { enough: 3, maxSamples: 2000, samplesAtOnce: 64 }],
  [10, false, { enough: 30, maxSamples: 2000, samplesAtOnce: 64 }],
  [1000, false, { enough: 1500, maxSamples: 40_000, samplesAtOnce: 512 }],
  [10, true, { enough: 10, maxSamples: 2000, samplesAtOnce: 64 }],
])('%d molecules, unconditioned %s', (count, isUnconditioned, budget) => {
  expect(budgetOf(count, isUnconditioned)).toEqual(budget);
});
