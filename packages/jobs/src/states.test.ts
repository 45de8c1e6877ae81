import { expect, test } from '@jest/globals';
import { before, isFinal } from './states.ts';
import type { JobState } from './types.ts';

const states: JobState[] = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];

test('three states are final; out of them a job comes only by being queued again', () => {
  expect(states.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled']);
  const leadOut = states.filter((state) => before(state).some(isFinal));
  expect(leadOut).toEqual(['queued']);
});

test('a job succeeds only after it ran, and is paused only before its end', () => {
  expect(before('running')).toEqual(['queued']);
  expect(before('succeeded')).toEqual(['running', 'paused']);
  expect(before('paused')).toEqual(['queued', 'running']);
});
