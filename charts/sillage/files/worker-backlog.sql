-- Work for workers, as KEDA reads it: chunks of jobs that wait or are in hand. From the rows, since the queue would tell
-- less: only a few chunks at a time are handed to it (docs/jobs.md), so its length says that there is work, not how much.
-- Webhooks that are due, deadlines that have passed and results past their retention are a worker's work too: any of
-- these calls for one. RETENTION_DAYS is the worker's RESULT_RETENTION_DAYS.
select greatest(
  (select count(*) from jobs.job_chunks c join jobs.jobs j on j.id = c.job_id
    where c.state in ('pending', 'running') and j.state in ('queued', 'running')),
  (select count(*) from (select 1 from jobs.webhook_deliveries
    where state = 'pending' and next_attempt_at <= now() limit 1) due),
  (select count(*) from (select 1 from jobs.jobs
    where deadline_at <= now() and state in ('queued', 'running', 'paused') limit 1) late),
  (select count(*) from (select 1 from jobs.jobs
    where purged_at is null and finished_at < now() - interval 'RETENTION_DAYS days' limit 1) old)
)
