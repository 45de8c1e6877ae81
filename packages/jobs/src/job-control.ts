import { AppError, type Database, type Queryable } from '@sillage/kit';
import { recordChange } from './job-log.ts';
import { before } from './states.ts';
import type { Job, JobError, JobState } from './types.ts';

/** Chunks nobody will work on any more; rows of an earlier run stay with them. */
const giveUpChunks = `update jobs.job_chunks set state = 'cancelled', claim = null, claimed_until = null, progress = 0
  where job_id = $1 and state in ('pending', 'running')`;

/** Chunks to be worked on afresh, with the patience of a new one. */
const reopen = `state = 'pending', failures = 0, lost_claims = 0, retry_at = null, enqueued_at = null,
  error = null, finished_at = null`;

/**
 * What people do to a job that is there. Each is one transaction that locks the job's row first, and answers whether
 * it changed anything.
 */
export class JobControl {
  readonly #database: Database;
  readonly #onState: (state: JobState) => void;

  constructor(database: Database, onState: (state: JobState) => void) {
    this.#database = database;
    this.#onState = onState;
  }

  /** Ends the job and takes its chunks away from whoever works on them. */
  cancel(job: Job): Promise<boolean> {
    return this.#change(job.id, 'cancelled', before('cancelled'), async (connection) => {
      await connection.query(giveUpChunks, [job.id]);
      await connection.query('update jobs.jobs set finished_at = now(), open_chunks = 0 where id = $1', [
        job.id,
      ]);
    });
  }

  pause(job: Job): Promise<boolean> {
    return this.#change(job.id, 'paused', before('paused'), async () => {});
  }

  /** From paused, and from cancelled: then the chunks that were given up are taken up again. */
  resume(job: Job): Promise<boolean> {
    return this.#change(job.id, 'queued', ['paused', 'cancelled'], async (connection) => {
      const reopened = await connection.query(
        `update jobs.job_chunks set ${reopen} where job_id = $1 and state = 'cancelled' returning chunk_index`,
        [job.id],
      );
      await openAgain(connection, job.id, reopened.length);
      // Deliveries of the paused job were turned away; its chunks go to the queue again, and at once.
      await connection.query(
        `update jobs.job_chunks set enqueued_at = null where job_id = $1 and state = 'pending'`,
        [job.id],
      );
    });
  }

  /** The chunks of a failed job that did not end, and every chunk with failed rows. */
  retry(job: Job): Promise<boolean> {
    return this.#change(job.id, 'queued', ['failed', 'succeeded'], async (connection) => {
      const reopened = await connection.query(
        `update jobs.job_chunks set ${reopen}
         where job_id = $1 and (state in ('failed', 'cancelled') or result_failed > 0) returning chunk_index`,
        [job.id],
      );
      if (reopened.length === 0) {
        throw new AppError('conflict', 'no row of this job failed; there is nothing to try again');
      }
      await openAgain(connection, job.id, reopened.length);
    });
  }

  /** Fails the jobs whose deadline has passed; their number. */
  async expire(): Promise<number> {
    const due = await this.#database.query<{ id: string }>(
      `select id from jobs.jobs where state = any($1) and deadline_at < now() limit 100`,
      [before('failed')],
    );
    const error: JobError = { code: 'deadline', detail: 'the deadline of the job has passed' };
    for (const { id } of due) {
      await this.#change(id, 'failed', before('failed'), async (connection) => {
        await connection.query(giveUpChunks, [id]);
        await connection.query(
          'update jobs.jobs set finished_at = now(), open_chunks = 0, error = $2 where id = $1',
          [id, JSON.stringify(error)],
        );
      });
    }
    return due.length;
  }

  async #change(
    id: string,
    state: JobState,
    from: readonly JobState[],
    work: (connection: Queryable) => Promise<void>,
  ): Promise<boolean> {
    const isChanged = await this.#database.transaction(async (connection) => {
      const changed = await connection.query(
        'update jobs.jobs set state = $2 where id = $1 and state = any($3) and purged_at is null returning id',
        [id, state, from],
      );
      if (changed.length === 0) return false;
      await work(connection);
      await recordChange(connection, id);
      return true;
    });
    if (isChanged) this.#onState(state);
    return isChanged;
  }
}

/** A job whose every chunk was finished while it was paused has ended by itself; so there is something open here. */
async function openAgain(connection: Queryable, jobId: string, chunks: number): Promise<void> {
  await connection.query(
    `update jobs.jobs set open_chunks = open_chunks + $2, finished_at = null, error = null,
       deadline_at = case when deadline_at < now() then null else deadline_at end
     where id = $1`,
    [jobId, chunks],
  );
}
