import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@sillage/kit';
import type { JobEvents } from './job-events.ts';
import { isFinal } from './states.ts';
import { watchCoalesceMs, watchPollMs } from './timing.ts';
import type { Job } from './types.ts';

/** Reads the job again after each notification (and now and then without one) and yields it when it differs. */
export async function* watchJob(
  events: JobEvents,
  jobId: string,
  read: () => Promise<Job>,
  signal: AbortSignal,
): AsyncGenerator<Job> {
  let change = Promise.withResolvers<void>();
  const unsubscribe = events.subscribe(jobId, () => change.resolve());
  try {
    let last: string | undefined;
    while (!signal.aborted) {
      change = Promise.withResolvers<void>();
      const job = await readWhenThere(read);
      if (job) {
        const seen = [job.state, job.done, job.failed, job.inProgress].join();
        if (seen !== last) yield job;
        last = seen;
        if (isFinal(job.state)) return;
      }
      await pause(watchCoalesceMs, signal);
      await wait(change.promise, watchPollMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

/** The job, or undefined while Postgres is away. */
async function readWhenThere(read: () => Promise<Job>): Promise<Job | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined;
    throw error;
  }
}

async function wait(change: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  await Promise.race([change, pause(timeoutMs, AbortSignal.any([signal, timer.signal]))]);
  timer.abort();
}

/** Resolves after the time, or at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
