import type { Row } from '@sillage/kit';
import type { InputReport, Job, JobError, JobSummary } from './types.ts';

/** A row of jobs.jobs as `jobColumns` selects it. */
export interface JobRow extends Row {
  id: string;
  tenant_id: string;
  kind: Job['kind'];
  state: Job['state'];
  input: unknown;
  total: number;
  done: number;
  failed: number;
  in_progress: number;
  event_seq: string;
  deadline_at: Date | null;
  input_report: InputReport | null;
  purged_at: Date | null;
  webhook_url: string | null;
  error: JobError | null;
  summary: JobSummary;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

/** What a job is read with; `j` is jobs.jobs. */
export const jobColumns = `j.id, j.tenant_id, j.kind, j.state, j.input, j.total, j.done, j.failed, j.error, j.summary,
  j.created_at, j.started_at, j.finished_at, j.event_seq, j.deadline_at, j.input_report, j.purged_at,
  j.webhook_url,
  case when j.state in ('running', 'paused') then (
    select coalesce(sum(c.progress), 0)::integer from jobs.job_chunks c
    where c.job_id = j.id and c.state = 'running'
  ) else 0 end as in_progress`;

export function toJob(row: JobRow): Job {
  const job = {
    id: row.id,
    tenantId: row.tenant_id,
    state: row.state,
    total: row.total,
    done: row.done,
    failed: row.failed,
    inProgress: row.in_progress,
    error: row.error ?? undefined,
    summary: row.summary,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    eventSeq: Number(row.event_seq),
    deadlineAt: row.deadline_at ?? undefined,
    inputReport: row.input_report ?? undefined,
    purgedAt: row.purged_at ?? undefined,
    webhookUrl: row.webhook_url ?? undefined,
  };
  // The input was checked against the kind's schema before it was kept.
  return { ...job, kind: row.kind, input: row.input } as Job;
}
