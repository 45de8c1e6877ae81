import { expect, test } from '@jest/globals';
import { before, isFinal } from './states.ts';
import type { JobState } from './types.ts';

const states: JobState[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

test('three states are final, and nothing leads out of them', () => {
  expect(states.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled']);
});

test('a job starts queued and succeeds only after it ran', () => {
  expect(before('queued')).toEqual([]);
  expect(before('running')).toEqual(['queued']);
  expect(before('succeeded')).toEqual(['running']);
});
