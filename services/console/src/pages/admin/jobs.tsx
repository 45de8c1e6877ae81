import type { AdminJobJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleStop, Inbox, RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import {
  Button,
  Card,
  ConfirmDialog,
  EmptyState,
  Pager,
  ProblemNotice,
  Select,
  Skeleton,
  Table,
  TextField,
  useChoice,
} from '../../ui/index.ts';
import { JobState } from '../batches/job-state.tsx';
import { isEnded } from '../batches/jobs.ts';
import { adminJobsQuery, changeAnyJob } from './data.ts';

const states = ['failed', 'any', 'queued', 'running', 'paused', 'succeeded', 'cancelled'] as const;

/** Jobs of all tenants; first of all those that failed and wait for somebody to look at them. */
export function Jobs() {
  const { t } = useText();
  const [state, setState] = useChoice('status', states);
  const [tenant, setTenant] = useState('');
  const [pages, setPages] = useState<readonly string[]>([]);
  const { data, error, refetch } = useQuery({
    ...adminJobsQuery({
      status: state === 'any' ? '' : state,
      tenant_id: tenant.trim(),
      before: pages.at(-1),
    }),
    placeholderData: (before) => before,
  });
  return (
    <Card title={t('admin.jobs')}>
      <div className="filters">
        <Select
          label={t('account.state')}
          value={state}
          onChange={(chosen) => {
            setState(chosen);
            setPages([]);
          }}
          choices={states.map((value) => ({
            value,
            label: t(
              value === 'any'
                ? 'admin.any'
                : value === 'failed'
                  ? 'admin.deadLetters'
                  : `batches.state_${value}`,
            ),
          }))}
        />
        <TextField
          label={t('admin.tenantId')}
          isMono
          value={tenant}
          onChange={(text) => {
            setTenant(text);
            setPages([]);
          }}
        />
      </div>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={12} />}
      {data?.jobs.length === 0 && (
        <EmptyState icon={Inbox} title={t(state === 'failed' ? 'admin.noDeadLetters' : 'admin.noJobs')} />
      )}
      {data && data.jobs.length > 0 && (
        <Table
          label={t('admin.jobs')}
          columns={[
            { name: t('batches.job') },
            { name: t('account.state') },
            { name: t('batches.progress'), isNumeric: true },
            { name: t('admin.reason') },
            { name: t('common.actions'), isUnseen: true },
          ]}
        >
          {data.jobs.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </Table>
      )}
      <Pager pages={pages} next={data?.next} onChange={setPages} />
    </Card>
  );
}

function JobRow({ job }: { readonly job: AdminJobJson }) {
  const { t, number, date } = useText();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<'cancel' | 'discard'>();
  const change = useMutation({
    mutationFn: (what: 'retry' | 'cancel' | 'discard') => changeAnyJob(job.id, what),
    onSuccess: () => {
      setAsking(undefined);
      return queries.invalidateQueries({ queryKey: ['admin', 'jobs'] });
    },
    onError: () => setAsking(undefined),
  });
  const { done, total, failed } = job.progress;
  const isOver = isEnded(job);
  const mayRetry = job.status === 'failed' || (job.status === 'succeeded' && failed > 0);
  return (
    <tr>
      <td>
        <strong>{t(`batches.kind_${job.kind}`, { total: number(total) })}</strong>
        <div className="small soft">
          <code className="break">{job.id}</code>
        </div>
        <div className="small soft">
          {t('admin.ofTenant')} <code className="break">{job.tenant_id}</code>
        </div>
        <div className="small soft">{date(job.created_at, { dateStyle: 'medium', timeStyle: 'short' })}</div>
      </td>
      <td>
        <JobState status={job.status} />
      </td>
      <td data-numeric className="nowrap">
        {number(done)} / {number(total)}
      </td>
      <td>
        {job.error?.detail ?? ''}
        {change.error && <ProblemNotice error={change.error} />}
      </td>
      <td className="actions-cell">
        <div className="row tight">
          {mayRetry && (
            <Button size="s" isDisabled={change.isPending} onPress={() => change.mutate('retry')}>
              <RotateCcw aria-hidden size={15} />
              {t('admin.retry')}
            </Button>
          )}
          {isOver ? (
            <Button
              size="s"
              variant="ghost"
              shape="icon"
              aria-label={t('admin.discard')}
              onPress={() => setAsking('discard')}
            >
              <Trash2 aria-hidden size={15} />
            </Button>
          ) : (
            <Button
              size="s"
              variant="ghost"
              shape="icon"
              aria-label={t('batches.do_cancel')}
              onPress={() => setAsking('cancel')}
            >
              <CircleStop aria-hidden size={15} />
            </Button>
          )}
        </div>
        <ConfirmDialog
          title={t(asking === 'cancel' ? 'batches.cancelTitle' : 'admin.discardTitle')}
          action={t(asking === 'cancel' ? 'batches.do_cancel' : 'admin.discard')}
          isOpen={asking !== undefined}
          isBusy={change.isPending}
          onConfirm={() => asking && change.mutate(asking)}
          onClose={() => setAsking(undefined)}
        >
          <p>{t(asking === 'cancel' ? 'batches.cancelHelp' : 'admin.discardHelp')}</p>
        </ConfirmDialog>
      </td>
    </tr>
  );
}
