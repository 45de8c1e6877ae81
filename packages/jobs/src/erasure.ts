import type { Database } from '@sillage/kit';
import type { Delivery, JobQueue } from './queue.ts';
import { jobKeys, type ObjectStore } from './storage/object-store.ts';

interface ErasureParts {
  readonly database: Database;
  readonly storage: ObjectStore;
  readonly queue: Pick<JobQueue, 'forget'>;
}

/**
 * Removes every job of a tenant: rows, inputs, results, webhooks and what waits in the queue. Returns how many jobs it
 * was. Done twice or after half of it, it goes on.
 */
export async function eraseJobs(parts: ErasureParts, tenantId: string, signal: AbortSignal): Promise<number> {
  let erased = 0;
  for (;;) {
    signal.throwIfAborted();
    const deliveries = await eraseOne(parts, 'tenant_id = $1', [tenantId]);
    if (!deliveries) break;
    erased += 1;
    await parts.queue.forget(deliveries);
  }
  await parts.database.query('delete from jobs.shares where tenant_id = $1', [tenantId]);
  await parts.database.query('delete from jobs.webhooks where tenant_id = $1', [tenantId]);
  return erased;
}

/** Removes one job that has ended, with all that belongs to it; false where there is none in such a state. */
export async function discardJob(parts: ErasureParts, jobId: string): Promise<boolean> {
  const ended = ['succeeded', 'failed', 'cancelled'];
  return (await eraseOne(parts, 'id = $1 and state = any($2)', [jobId, ended])) !== undefined;
}

/** Objects first: a crash in between leaves a job that is found again. Undefined: there is none. */
function eraseOne(
  { database, storage }: ErasureParts,
  condition: string,
  values: readonly unknown[],
): Promise<readonly Delivery[] | undefined> {
  return database.transaction(async (connection) => {
    const [job] = await connection.query<{ id: string }>(
      `select id from jobs.jobs where ${condition} order by created_at, id limit 1 for update`,
      [...values],
    );
    if (!job) return undefined;
    const handed = await connection.query<{ index: number; claims: number }>(
      `select chunk_index as index, claims from jobs.job_chunks
       where job_id = $1 and state in ('pending', 'running') and enqueued_at is not null`,
      [job.id],
    );
    await storage.removeAll(jobKeys.all(job.id));
    // A worker that dies now may leave an object behind: looked for again when an upload would be over.
    await connection.query('insert into jobs.uploads (job_id) values ($1) on conflict do nothing', [job.id]);
    await connection.query('delete from jobs.jobs where id = $1', [job.id]);
    return handed.map(({ index, claims }) => ({ jobId: job.id, index, claims, trace: {} }));
  });
}
