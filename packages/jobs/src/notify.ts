import type { Queryable } from '@sillage/kit';

/** Channel on which a job's id is told after each change of it. */
export const jobsChannel = 'jobs_events';

/** Tells all who watch the job; sent with the commit, once per transaction however often it is called. */
export async function notifyJob(connection: Queryable, jobId: string): Promise<void> {
  await connection.query('select pg_notify($1, $2)', [jobsChannel, jobId]);
}
