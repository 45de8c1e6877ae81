import type { Database } from '@sillage/kit';
import { jobKeys, type ObjectStore } from './storage/object-store.ts';
import { uploadHours } from './timing.ts';

/** Jobs looked at in one round. */
const roundSize = 100;

/** Deletes what has been kept long enough. */
export class Retention {
  readonly #database: Database;
  readonly #storage: ObjectStore;
  readonly #days: number;
  readonly #recordDays: number;

  constructor(options: {
    readonly database: Database;
    readonly storage: ObjectStore;
    /** From the end of a job to the deletion of its inputs and results. */
    readonly days: number;
    /** From there to the deletion of what is left: that there was such a job, its times and counts. */
    readonly recordDays: number;
  }) {
    this.#database = options.database;
    this.#storage = options.storage;
    this.#days = options.days;
    this.#recordDays = options.recordDays;
  }

  /** Inputs, results, events and webhooks of jobs that ended so long ago; how many jobs it was. */
  async purge(): Promise<number> {
    await this.#dropUploads();
    await this.#database.query(
      `delete from jobs.webhook_deliveries
       where job_id is null and about_job_id is null and created_at < now() - $1 * interval '1 day'`,
      [this.#days],
    );
    let purged = 0;
    await this.#database.query(`delete from jobs.jobs where purged_at < now() - $1 * interval '1 day'`, [
      this.#recordDays,
    ]);
    while (purged < roundSize && (await this.#purgeOne())) purged += 1;
    return purged;
  }

  /** Objects first: a crash in between leaves a job that is found again. Its row is held, so nobody resumes it. */
  #purgeOne(): Promise<boolean> {
    return this.#database.transaction(async (connection) => {
      const [job] = await connection.query<{ id: string }>(
        `select id from jobs.jobs
         where purged_at is null and state in ('succeeded', 'failed', 'cancelled')
           and finished_at < now() - $1 * interval '1 day'
         order by finished_at limit 1 for update skip locked`,
        [this.#days],
      );
      if (!job) return false;
      await this.#storage.removeAll(jobKeys.all(job.id));
      await connection.query('delete from jobs.webhook_deliveries where $1 in (job_id, about_job_id)', [
        job.id,
      ]);
      for (const table of ['job_chunks', 'job_files', 'job_events', 'job_molecules']) {
        await connection.query(`delete from jobs.${table} where job_id = $1`, [job.id]);
      }
      await connection.query(
        `update jobs.jobs set purged_at = now(), webhook_secret = null, webhook_url = null, input = '{}',
           input_report = null, summary = '{}'
         where id = $1`,
        [job.id],
      );
      return true;
    });
  }

  /** Inputs that came in for a job that was never made, their gateway having died. */
  async #dropUploads(): Promise<void> {
    const rows = await this.#database.query<{ job_id: string }>(
      `select job_id from jobs.uploads where started_at < now() - interval '${uploadHours} hours' limit ${roundSize}`,
    );
    for (const { job_id: id } of rows) {
      await this.#storage.removeAll(jobKeys.all(id));
      await this.#database.query('delete from jobs.uploads where job_id = $1', [id]);
    }
  }
}
