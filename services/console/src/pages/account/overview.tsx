import type { AccountJson, UsageJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Badge, BarChart, Card, ProblemNotice, Segments, Skeleton, Table } from '../../ui/index.ts';
import { accountQuery, everyDay, keysQuery, usageQuery } from './data.ts';

/** Tier and limits, how much of them is used, and what was used by day, endpoint and key. */
export function Overview() {
  const { data, error, refetch } = useQuery(accountQuery);
  return (
    <>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data ? <Limits account={data} /> : !error && <Skeleton height={9} />}
      <Usage />
    </>
  );
}

function Limits({ account }: { readonly account: AccountJson }) {
  const { t, number, date } = useText();
  const { tenant, limits, molecules, open_jobs: openJobs } = account;
  const orNone = (limit: number | null) => (limit === null ? t('account.unlimited') : number(limit));
  const ofLimit = (limit: number | null) =>
    limit === null ? t('account.unlimited') : t('account.ofLimit', { limit: number(limit) });
  const share =
    molecules.left === null ? undefined : molecules.used / Math.max(1, molecules.used + molecules.left);
  return (
    <div className="tiles">
      <section className="card tile">
        <h2>{tenant.name}</h2>
        <div>
          <Badge tone="accent">{t(`tier.${tenant.tier}`)}</Badge>
        </div>
        <p className="small soft">{t('account.since', { date: date(tenant.created_at) })}</p>
      </section>
      <section className="card tile">
        <h3 className="soft">{t('account.moleculesThisMonth')}</h3>
        <div className="big">{number(molecules.used)}</div>
        <p className="small soft">
          {ofLimit(limits.molecules_per_month)}
          {' · '}
          {t('account.resets', { date: date(molecules.resets_at) })}
        </p>
        <Meter share={share} />
      </section>
      <section className="card tile">
        <h3 className="soft">{t('account.requestsPerHour')}</h3>
        <div className="big">{orNone(limits.requests_per_hour)}</div>
        {limits.requests_per_hour !== null && <p className="small soft">{t('account.requestsHelp')}</p>}
      </section>
      <section className="card tile">
        <h3 className="soft">{t('account.openJobs')}</h3>
        <div className="big">{number(openJobs)}</div>
        <p className="small soft">{ofLimit(limits.concurrent_jobs)}</p>
        <Meter share={openJobs / limits.concurrent_jobs} />
      </section>
    </div>
  );
}

/** How much of a limit is used, for the eye: the figures stand beside it. */
function Meter({ share }: { readonly share: number | undefined }) {
  if (share === undefined) return null;
  const percent = Math.min(100, Math.round(share * 100));
  return (
    <div className="meter" aria-hidden data-high={percent >= 80 || undefined}>
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

const spans = ['30', '90', '365'] as const;
const measures = ['requests', 'molecules'] as const;

function Usage() {
  const { t } = useText();
  const [span, setSpan] = useState<(typeof spans)[number]>('30');
  const [measure, setMeasure] = useState<(typeof measures)[number]>('requests');
  const { data, error, refetch } = useQuery(usageQuery(Number(span), 'day'));
  return (
    <>
      <Card
        title={t('account.usage')}
        actions={
          <>
            <Segments
              label={t('account.measure')}
              value={measure}
              onChange={setMeasure}
              choices={measures.map((value) => ({ value, label: t(`account.${value}`) }))}
            />
            <Segments
              label={t('account.span')}
              value={span}
              onChange={setSpan}
              choices={spans.map((value) => ({ value, label: t('account.days', { days: value }) }))}
            />
          </>
        }
      >
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {data ? <UsageChart usage={data} measure={measure} /> : !error && <Skeleton height={14} />}
      </Card>
      <div className="split">
        <UsageTable by="endpoint" days={Number(span)} />
        <UsageTable by="key" days={Number(span)} />
      </div>
    </>
  );
}

/** By day; more days than bars have room for are joined to weeks. */
function UsageChart({
  usage,
  measure,
}: {
  readonly usage: UsageJson;
  readonly measure: (typeof measures)[number];
}) {
  const { t, number, date } = useText();
  const days = everyDay(usage);
  const size = days.length > 120 ? 7 : 1;
  const groups = Array.from({ length: Math.ceil(days.length / size) }, (_, index) =>
    days.slice(index * size, (index + 1) * size),
  );
  const bars = groups.map((group) => ({
    label: date(group[0]?.day ?? usage.from, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
    value: group.reduce((sum, one) => sum + one[measure], 0),
    bad: measure === 'requests' ? group.reduce((sum, one) => sum + one.errors, 0) : 0,
  }));
  const { requests, molecules, errors } = usage.total;
  return (
    <BarChart
      label={t('account.usageTotal', {
        requests: number(requests),
        molecules: number(molecules),
        errors: number(errors),
      })}
      bars={bars}
      format={(value) => number(value, { notation: 'compact' })}
      describe={({ label, value, bad }) =>
        measure === 'requests'
          ? t('account.barRequests', { label, value: number(value), errors: number(bad ?? 0) })
          : t('account.barMolecules', { label, value: number(value) })
      }
    />
  );
}

function UsageTable({ by, days }: { readonly by: 'endpoint' | 'key'; readonly days: number }) {
  const { t, number } = useText();
  const { data, error, refetch } = useQuery(usageQuery(days, by));
  const { data: keys } = useQuery({ ...keysQuery, enabled: by === 'key' });
  const rows = (data?.rows ?? []).toSorted((a, b) => b.requests - a.requests).slice(0, 8);
  const nameOf = (id: string | undefined) => {
    const key = keys?.keys.find((one) => one.id === id);
    return key ? key.label || key.prefix : id || t('account.noKey');
  };
  const title = t(by === 'endpoint' ? 'account.byEndpoint' : 'account.byKey');
  return (
    <Card title={title}>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data && rows.length === 0 && <p className="soft">{t('account.noUsage')}</p>}
      {rows.length > 0 && (
        <Table
          label={title}
          columns={[
            { name: t(by === 'endpoint' ? 'account.endpoint' : 'account.key') },
            { name: t('account.requests'), isNumeric: true },
            { name: t('account.molecules'), isNumeric: true },
            { name: t('account.errors'), isNumeric: true },
          ]}
        >
          {rows.map((row) => (
            <tr key={row.endpoint ?? row.key_id}>
              <td className="break">
                {by === 'endpoint' ? <code>{row.endpoint}</code> : nameOf(row.key_id)}
              </td>
              <td data-numeric>{number(row.requests)}</td>
              <td data-numeric>{number(row.molecules)}</td>
              <td data-numeric>{number(row.errors)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
