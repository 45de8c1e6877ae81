import type { JobState } from './types.ts';

/** The states a job may come from to enter a state; every change is made with this as its condition. */
const statesBefore = {
  queued: [],
  running: ['queued'],
  succeeded: ['running'],
  failed: ['queued', 'running'],
  cancelled: ['queued', 'running'],
} as const satisfies Record<JobState, readonly JobState[]>;

/** The states out of which a job may enter `state`. */
export function before(state: JobState): readonly JobState[] {
  return statesBefore[state];
}

/** Whether a job stays in this state for good. */
export function isFinal(state: JobState): boolean {
  return !Object.values<readonly JobState[]>(statesBefore).some((sources) => sources.includes(state));
}
