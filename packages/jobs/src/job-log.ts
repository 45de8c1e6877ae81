import { randomUUID } from 'node:crypto';
import type { Database, Queryable, Row } from '@sillage/kit';
import { presentJob } from './present.ts';
import { type JobRow, jobColumns, toJob } from './rows.ts';
import { isFinal } from './states.ts';
import { eventPage } from './timing.ts';
import type { JobState, WebhookEvent } from './types.ts';
import { announceToTenant } from './webhooks/tenant-webhooks.ts';

/** Channel on which a job's id is told after each change of it. */
export const jobsChannel = 'jobs_events';

/**
 * For statements that change a job's row themselves: the event of a CTE `changed` with the row's id, event_seq (one
 * higher than before), state, done and failed, and what tells it.
 */
export const event = `event as (
  insert into jobs.job_events (job_id, seq, state, done, failed)
  select id, event_seq, state, done, failed from changed
)`;
export const told = `pg_notify('${jobsChannel}', id::text)`;

/** A change of a job, as it was kept with it. */
export interface JobChange {
  /** 1, 2, 3 … within the job. */
  readonly seq: number;
  readonly state: JobState;
  readonly done: number;
  readonly failed: number;
}

/**
 * Keeps the job's change as its next event and tells who watches, and of its end the webhook; the last thing in a transaction that changed the
 * job's row and so holds its lock, which makes events whole and ordered.
 */
export async function recordChange(connection: Queryable, jobId: string): Promise<void> {
  const [change] = await connection.query<{ state: JobState }>(
    `with changed as (
       update jobs.jobs set event_seq = event_seq + 1 where id = $1 returning id, event_seq, state, done, failed
     ), ${event}
     select state, ${told}::text as told from changed`,
    [jobId],
  );
  if (change && isFinal(change.state)) await announceEnd(connection, jobId);
}

/** Deliveries are made with the end they tell of, to the tenant's webhooks and the job's own; workers send them. */
export async function announceEnd(connection: Queryable, jobId: string): Promise<void> {
  const [row] = await connection.query<JobRow>(`select ${jobColumns} from jobs.jobs j where j.id = $1`, [
    jobId,
  ]);
  if (!row) return;
  const type = `job.${row.state}` as WebhookEvent;
  const payload = (id: string) => ({
    ...{ id, type, created_at: new Date().toISOString() },
    data: { job: presentJob(toJob(row)) },
  });
  await announceToTenant(connection, { jobId, tenantId: row.tenant_id, event: type }, payload);
  if (row.webhook_url === null) return;
  const id = randomUUID();
  await connection.query(
    `insert into jobs.webhook_deliveries (id, job_id, tenant_id, event, payload) values ($1, $2, $3, $4, $5)`,
    [id, jobId, row.tenant_id, type, JSON.stringify(payload(id))],
  );
}

/** Tells all who watch the job; sent with the commit, once per transaction however often it is called. */
export async function notifyJob(connection: Queryable, jobId: string): Promise<void> {
  await connection.query('select pg_notify($1, $2)', [jobsChannel, jobId]);
}

interface ChangeRow extends Row {
  seq: string;
  state: JobState;
  done: number;
  failed: number;
}

/** The events after `seq`, oldest first, at most a page of them. */
export async function changesAfter(
  database: Database,
  jobId: string,
  seq: number,
): Promise<readonly JobChange[]> {
  const rows = await database.query<ChangeRow>(
    `select seq, state, done, failed from jobs.job_events where job_id = $1 and seq > $2
     order by seq limit ${eventPage}`,
    [jobId, seq],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
