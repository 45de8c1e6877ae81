import type { JobRow } from './rows.ts';
import type { JobSummary } from './types.ts';

/** The job's summary after one more chunk: counts are added up, the rest is what was told first. */
export function mergeSummary(
  job: Pick<JobRow, 'kind' | 'total' | 'done' | 'summary'>,
  chunk: JobSummary,
  rows: number,
): JobSummary {
  const sum = addUp(job.summary.statistics, chunk.statistics);
  const reason = job.summary.shortfall?.reason ?? chunk.shortfall?.reason;
  const { shortfall: _, ...told } = { ...chunk, ...job.summary };
  return {
    ...told,
    ...(sum ? { statistics: sum } : {}),
    ...(reason ? { shortfall: { wanted: job.total, found: job.done + rows, reason } } : {}),
  };
}

type Statistics = NonNullable<JobSummary['statistics']>;

function addUp(first: Statistics | undefined, second: Statistics | undefined): Statistics | undefined {
  if (!first || !second) return first ?? second;
  return {
    sampled: first.sampled + second.sampled,
    valid: first.valid + second.valid,
    unique: first.unique + second.unique,
    novel: first.novel + second.novel,
  };
}
