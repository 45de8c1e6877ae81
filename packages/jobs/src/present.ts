import type { JobJson } from '@sillage/contracts';
import type { Job } from './types.ts';

/** Where the API has jobs. */
export const jobsPath = '/api/v1/jobs';

/** A job as callers see it: in answers, events and webhooks. */
export function presentJob(job: Job): JobJson {
  const self = `${jobsPath}/${job.id}`;
  return {
    id: job.id,
    kind: job.kind,
    status: job.state,
    progress: { done: job.done, in_progress: job.inProgress, failed: job.failed, total: job.total },
    summary: presentSummary(job.summary),
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
    deadline_at: job.deadlineAt?.toISOString() ?? null,
    results_deleted_at: job.purgedAt?.toISOString() ?? null,
    input_report: job.inputReport ?? null,
    webhook: job.webhookUrl === undefined ? null : { url: job.webhookUrl },
    error: job.error ? { code: job.error.code, detail: job.error.detail } : null,
    links: { self, events: `${self}/events`, results: `${self}/results`, deliveries: `${self}/deliveries` },
  };
}

function presentSummary(summary: Job['summary']): JobJson['summary'] {
  const { understood, unrecognised, ...rest } = summary;
  return {
    ...rest,
    ...(understood ? { understood: { ...understood } } : {}),
    ...(unrecognised ? { unrecognised: [...unrecognised] } : {}),
  };
}
