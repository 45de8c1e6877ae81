import type { JobRow } from './rows.ts';
import type { JobSummary } from './types.ts';

/**
 * The job's summary after one more chunk: counts are added up, the rest is what was told first. `reason` says why
 * the chunk has fewer rows than it was to have.
 */
export function mergeSummary(
  job: Pick<JobRow, 'kind' | 'total' | 'done' | 'summary'>,
  chunk: JobSummary,
  written: { readonly rows: number; readonly reason?: string | undefined },
): JobSummary {
  const sum = addStatistics(job.summary.statistics, chunk.statistics);
  const reason = job.summary.shortfall?.reason ?? written.reason;
  return {
    ...chunk,
    ...job.summary,
    ...(sum ? { statistics: sum } : {}),
    ...(reason ? { shortfall: { wanted: job.total, found: job.done + written.rows, reason } } : {}),
  };
}

type Statistics = NonNullable<JobSummary['statistics']>;

/** Counts of two runs together; one alone is what it is. */
export function addStatistics(
  first: Statistics | undefined,
  second: Statistics | undefined,
): Statistics | undefined {
  if (!first || !second) return first ?? second;
  return {
    sampled: first.sampled + second.sampled,
    valid: first.valid + second.valid,
    unique: first.unique + second.unique,
    novel: first.novel + second.novel,
    ...addRejected(first.rejected_by, second.rejected_by),
  };
}

function addRejected(
  first: Statistics['rejected_by'] = {},
  second: Statistics['rejected_by'] = {},
): Pick<Statistics, 'rejected_by'> {
  const sum = { ...first };
  for (const [rule, count] of Object.entries(second)) sum[rule] = (sum[rule] ?? 0) + count;
  return Object.keys(sum).length > 0 ? { rejected_by: sum } : {};
}
