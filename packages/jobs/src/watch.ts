import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@sillage/kit';
import type { JobEvents } from './job-events.ts';
import type { JobChange } from './job-log.ts';
import { isFinal } from './states.ts';
import { watchCoalesceMs, watchPollMs } from './timing.ts';
import type { Job, JobEvent } from './types.ts';

export interface WatchOptions {
  readonly events: JobEvents;
  readonly jobId: string;
  /** The last event seen; every one after it follows. Absent: it begins with the job as it is. */
  readonly after?: number | undefined;
  readonly read: () => Promise<Job>;
  readonly readChanges: (after: number) => Promise<readonly JobChange[]>;
  readonly signal: AbortSignal;
}

/**
 * Reads the job again after each notification (and now and then without one) and yields every event kept since, and
 * between them the rows in progress. Ends with the job.
 */
export async function* watchJob(options: WatchOptions): AsyncGenerator<JobEvent> {
  const { events, jobId, signal } = options;
  let change = Promise.withResolvers<void>();
  const unsubscribe = events.subscribe(jobId, () => change.resolve());
  let seen = options.after;
  let inProgress = 0;
  try {
    while (!signal.aborted) {
      change = Promise.withResolvers<void>();
      const job = await whenThere(options.read);
      // A number that this job has not come to is none of its events.
      if (job && (seen === undefined || seen > job.eventSeq)) {
        seen = job.eventSeq;
        inProgress = job.inProgress;
        yield { seq: seen, job };
      } else if (job && seen !== undefined && job.eventSeq > seen) {
        const changes = await whenThere(() => options.readChanges(seen ?? 0));
        for (const { seq, state, done, failed } of changes ?? []) {
          const isNewest = seq === job.eventSeq;
          inProgress = isNewest ? job.inProgress : 0;
          seen = seq;
          yield { seq, job: { ...job, state, done, failed, inProgress } };
        }
        if (changes?.length === 0) {
          // Its events went with its results, when their retention was over; the job as it is tells all that is left.
          seen = job.eventSeq;
          yield { seq: seen, job };
        }
        // There may be more by now, or a further page.
        if (changes && seen !== job.eventSeq) continue;
      } else if (job && seen !== undefined && job.inProgress !== inProgress) {
        inProgress = job.inProgress;
        yield { seq: seen, job };
      }
      if (job && isFinal(job.state) && seen === job.eventSeq) return;
      await pause(watchCoalesceMs, signal);
      await wait(change.promise, watchPollMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

/** What was read, or undefined while Postgres is away. */
async function whenThere<T>(read: () => Promise<T>): Promise<T | undefined> {
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
