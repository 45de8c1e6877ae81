import type { JobJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Card, EmptyState, Pager, ProblemNotice, Skeleton } from '../../ui/index.ts';
import { JobState } from './job-state.tsx';
import { isEnded, jobsQuery } from './jobs.ts';

/** The account's jobs, newest first, a page at a time. */
export function JobList({
  chosen,
  onChoose,
}: {
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}) {
  const { t } = useText();
  const [pages, setPages] = useState<readonly string[]>([]);
  const { data, error, refetch, isPending } = useQuery(jobsQuery(pages.at(-1)));
  return (
    <Card title={t('batches.yours')}>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton height={10} />}
      {data && data.jobs.length === 0 && (
        <EmptyState icon={Layers} title={t('batches.none')}>
          <p>{t('batches.noneHelp')}</p>
        </EmptyState>
      )}
      {data && data.jobs.length > 0 && (
        <ul className="job-list">
          {data.jobs.map((job) => (
            <li key={job.id}>
              <JobItem job={job} isChosen={job.id === chosen} onChoose={() => onChoose(job.id)} />
            </li>
          ))}
        </ul>
      )}
      <Pager pages={pages} next={data?.next} onChange={setPages} />
    </Card>
  );
}

function JobItem({
  job,
  isChosen,
  onChoose,
}: {
  readonly job: JobJson;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { t, number, date } = useText();
  const { total, done, in_progress: running } = job.progress;
  return (
    <button type="button" className="job-item" aria-current={isChosen || undefined} onClick={onChoose}>
      <strong>{t(`batches.kind_${job.kind}`, { total: number(total) })}</strong>
      <JobState status={job.status} />
      <span className="small soft">{date(job.created_at, { dateStyle: 'medium', timeStyle: 'short' })}</span>
      <span className="small soft numeric">
        {isEnded(job) ? '' : `${number(done + running)} / ${number(total)}`}
      </span>
      {!isEnded(job) && (
        <span className="thin-rail">
          <span style={{ width: `${(100 * (done + running)) / total}%` }} />
        </span>
      )}
    </button>
  );
}
