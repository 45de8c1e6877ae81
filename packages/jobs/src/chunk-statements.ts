import type { Statement } from '@sillage/kit';
import { event, told } from './job-log.ts';
import { jobColumns } from './rows.ts';

/** The job's row, held until the transaction ends: $1 job. */
export const lockJobRow: Statement = {
  name: 'jobs.lock-job',
  text: `select ${jobColumns}, j.trace from jobs.jobs j where j.id = $1 for update of j`,
};

/**
 * Takes a chunk that nobody works on; the first one taken begins its job. $1 job, $2 index, $3 token, $4 lease in
 * milliseconds. Without a row it was not to be had.
 */
export const takeChunk: Statement = {
  name: 'jobs.take-chunk',
  text: `with chunk as (
      update jobs.job_chunks
      set state = 'running', claim = $3, claimed_until = now() + $4 * interval '1 ms', claims = claims + 1,
        lost_claims = lost_claims + (case when state = 'running' then 1 else 0 end), progress = 0, retry_at = null
      where job_id = $1 and chunk_index = $2
        and ((state = 'pending' and (retry_at is null or retry_at <= now() or retry_at = 'infinity'))
          or (state = 'running' and claimed_until < now()))
      returning first_row, row_count, input_segment, input_offset, input_length, input_text, result_key, claims,
        failures, lost_claims
    ), changed as (
      update jobs.jobs set state = 'running', started_at = coalesce(started_at, now()), event_seq = event_seq + 1
      where id = $1 and state = 'queued' and exists (select from chunk)
      returning id, event_seq, state, done, failed
    ), ${event}
    select chunk.*, (select ${told} from changed)::text as told from chunk`,
};

/**
 * Names a chunk's rows and moves its job on: $1 job, $2 index, $3 token, $4 rows, $5 of them failed, $6 key, $7 bytes,
 * $8 summary, $9 the states a job may succeed from. Without a row the chunk is no longer the token's, or the job has
 * ended; then nothing of it may stay.
 */
export const endChunk: Statement = {
  name: 'jobs.end-chunk',
  text: `with earlier as (
      select coalesce(result_rows, 0) as rows, result_failed as failed from jobs.job_chunks
      where job_id = $1 and chunk_index = $2 and claim = $3 and state = 'running' for update
    ), chunk as (
      update jobs.job_chunks c set state = 'succeeded', claim = null, claimed_until = null, progress = 0, error = null,
        result_rows = $4, result_failed = $5, result_key = $6, result_bytes = $7, finished_at = now()
      from earlier where c.job_id = $1 and c.chunk_index = $2
    ), changed as (
      update jobs.jobs j set done = j.done + $4 - earlier.rows, failed = j.failed + $5 - earlier.failed, summary = $8,
        open_chunks = j.open_chunks - 1, event_seq = j.event_seq + 1,
        state = case when j.open_chunks = 1 then 'succeeded' else j.state end,
        finished_at = case when j.open_chunks = 1 then now() end
      from earlier where j.id = $1 and j.state = any($9)
      returning j.id, j.event_seq, j.state, j.done, j.failed, j.tenant_id, j.webhook_url
    ), ${event}
    select c.state, ${told}::text as told,
      c.webhook_url is not null or exists (select from jobs.webhooks w where w.tenant_id = c.tenant_id) as "hasWebhook"
    from changed c`,
};
