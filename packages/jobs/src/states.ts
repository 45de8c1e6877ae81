import type { JobState } from './types.ts';

/** The states a job may come from to enter a state; every change is made with this as its condition. */
const statesBefore = {
  // By resume from paused and cancelled, by retry from failed and, where rows failed, from succeeded.
  queued: ['paused', 'cancelled', 'failed', 'succeeded'],
  running: ['queued'],
  paused: ['queued', 'running'],
  // While it is paused, what workers have in hand is still finished; it may be the last of it.
  succeeded: ['running', 'paused'],
  failed: ['queued', 'running', 'paused'],
  cancelled: ['queued', 'running', 'paused'],
} as const satisfies Record<JobState, readonly JobState[]>;

export const jobStates = Object.keys(statesBefore) as readonly JobState[];

const finalStates: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

/** The states out of which a job may enter `state`. */
export function before(state: JobState): readonly JobState[] {
  return statesBefore[state];
}

/** Whether a job stays in this state unless somebody resumes or retries it. */
export function isFinal(state: JobState): boolean {
  return finalStates.includes(state);
}
