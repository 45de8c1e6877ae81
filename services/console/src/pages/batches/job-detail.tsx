import type { JobJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleStop, Download, Pause, Play, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import {
  Button,
  Card,
  ConfirmDialog,
  CopyButton,
  Notice,
  ProblemNotice,
  ProgressBar,
  Skeleton,
} from '../../ui/index.ts';
import { InputReport } from './input-report.tsx';
import { JobState } from './job-state.tsx';
import { changeJob, isEnded, type JobChange, jobQuery, keepJob, useFollow } from './jobs.ts';
import { ResultRows } from './result-rows.tsx';

const formats = ['csv', 'ndjson', 'sdf', 'parquet'] as const;

/** One job: how far it is, what can be done to it, what came of it. */
export function JobDetail({ id }: { readonly id: string }) {
  const { t } = useText();
  const { data: job, error, refetch } = useQuery(jobQuery(id));
  const { isLost } = useFollow(id, job !== undefined && !isEnded(job));
  if (error && !job) {
    return (
      <Card title={t('batches.job')}>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Card>
    );
  }
  if (!job) return <Skeleton height={20} />;
  return (
    <div className="stack">
      {isLost && (
        <Notice tone="warn" title={t('batches.lost')}>
          <p>{t('batches.lostHelp')}</p>
        </Notice>
      )}
      <JobCard job={job} />
    </div>
  );
}

function JobCard({ job }: { readonly job: JobJson }) {
  const { t, number, date } = useText();
  const { done, in_progress: running, failed, total } = job.progress;
  const moment = (at: string) => date(at, { dateStyle: 'medium', timeStyle: 'medium' });
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('batches.created'), moment(job.created_at)],
    ...(job.finished_at ? [[t('batches.finished'), moment(job.finished_at)] as const] : []),
    ...(job.summary.model
      ? [[t('batches.model'), `${job.summary.model.name} ${job.summary.model.version}`] as const]
      : []),
    [
      t('batches.id'),
      <span key="id" className="row tight">
        <code className="break">{job.id}</code>
        <CopyButton text={job.id} />
      </span>,
    ],
  ];
  return (
    <Card
      title={t(`batches.kind_${job.kind}`, { total: number(total) })}
      actions={<JobState status={job.status} />}
    >
      <div className="stack">
        <ProgressBar label={t('batches.progress')} value={done + running} max={total} />
        <dl className="figures">
          <Figure name={t('batches.done')} value={number(done + running)} />
          <Figure name={t('batches.failedRows')} value={number(failed)} />
          <Figure name={t('batches.left')} value={number(Math.max(0, total - done - running))} />
        </dl>
        {job.error && (
          <Notice tone="bad" title={t('batches.failedWhy')}>
            <p>{job.error.detail}</p>
          </Notice>
        )}
        <Actions job={job} />
        {(done > 0 || isEnded(job)) && !job.results_deleted_at && <Downloads job={job} />}
        {job.results_deleted_at && (
          <Notice>
            <p>{t('batches.deleted', { date: date(job.results_deleted_at) })}</p>
          </Notice>
        )}
        {done > 0 && !job.results_deleted_at && <ResultRows job={job} />}
        {job.input_report && <InputReport report={job.input_report} />}
        <dl className="facts">
          {facts.map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Card>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="figure-tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const icons = { pause: Pause, resume: Play, retry: RotateCcw, cancel: CircleStop } as const;

/** What a job's state allows. */
export function changesOf(job: JobJson): readonly JobChange[] {
  switch (job.status) {
    case 'queued':
    case 'running':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'cancelled':
      return job.results_deleted_at ? [] : ['resume'];
    case 'failed':
      return job.results_deleted_at ? [] : ['retry'];
    case 'succeeded':
      return job.progress.failed > 0 && !job.results_deleted_at ? ['retry'] : [];
  }
}

function Actions({ job }: { readonly job: JobJson }) {
  const { t } = useText();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (change: JobChange) => changeJob(job.id, change),
    onSuccess: (changed) => keepJob(queries, changed),
    onSettled: () => setAsking(false),
  });
  const changes = changesOf(job);
  if (changes.length === 0) return null;
  return (
    <div className="stack tight">
      <div className="row tight">
        {changes.map((change) => {
          const Icon = icons[change];
          return (
            <Button
              key={change}
              size="s"
              variant={change === 'cancel' ? 'danger' : 'secondary'}
              isDisabled={isPending}
              onPress={() => (change === 'cancel' ? setAsking(true) : mutate(change))}
            >
              <Icon aria-hidden size={15} />
              {t(`batches.do_${change}`)}
            </Button>
          );
        })}
      </div>
      {error && <ProblemNotice error={error} />}
      <ConfirmDialog
        title={t('batches.cancelTitle')}
        action={t('batches.do_cancel')}
        isOpen={isAsking}
        isBusy={isPending}
        onConfirm={() => mutate('cancel')}
        onClose={() => setAsking(false)}
      >
        <p>{t('batches.cancelHelp')}</p>
      </ConfirmDialog>
    </div>
  );
}

function Downloads({ job }: { readonly job: JobJson }) {
  const { t } = useText();
  return (
    <div className="stack tight">
      <h3>{t('batches.download')}</h3>
      <div className="row tight">
        {formats.map((format) => (
          <a
            key={format}
            className="button"
            data-variant="secondary"
            data-size="s"
            href={`${job.links.results}?format=${format}`}
            download
          >
            <Download aria-hidden size={15} />
            {format === 'parquet' ? 'Parquet' : format.toUpperCase()}
          </a>
        ))}
      </div>
      {!isEnded(job) && <p className="hint">{t('batches.downloadSoFar')}</p>}
    </div>
  );
}
