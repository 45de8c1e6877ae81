import { useMutation, useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import {
  Badge,
  Button,
  Card,
  CopyButton,
  Notice,
  Pager,
  ProblemNotice,
  Select,
  Skeleton,
  Table,
  TextField,
} from '../../ui/index.ts';
import { auditQuery, verifyAudit } from './data.ts';

const tones = { done: 'good', refused: 'warn', failed: 'bad' } as const;
const outcomes = ['', 'done', 'refused', 'failed'] as const;

/** What was done, by whom and to what; and whether the chain of it holds. */
export function Audit() {
  const { t, number, date } = useText();
  const [action, setAction] = useState('');
  const [tenant, setTenant] = useState('');
  const [outcome, setOutcome] = useState<(typeof outcomes)[number]>('');
  const [pages, setPages] = useState<readonly string[]>([]);
  const filter = { action: action.trim(), outcome, tenant_id: tenant.trim(), before: pages.at(-1) };
  const { data, error, refetch } = useQuery({ ...auditQuery(filter), placeholderData: (before) => before });
  const check = useMutation({ mutationFn: verifyAudit });
  const from =
    <T extends string>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setPages([]);
    };
  return (
    <Card
      title={t('admin.audit')}
      actions={
        <Button size="s" isDisabled={check.isPending} onPress={() => check.mutate()}>
          <ShieldCheck aria-hidden size={16} />
          {t('admin.verify')}
        </Button>
      }
    >
      <div className="stack">
        {check.error && <ProblemNotice error={check.error} />}
        {check.data && (
          <Notice
            tone={check.data.holds ? 'good' : 'bad'}
            title={t(check.data.holds ? 'admin.chainHolds' : 'admin.chainBroken', {
              rows: number(check.data.rows),
            })}
          >
            {check.data.fault && <p>{check.data.fault}</p>}
            <p className="row tight">
              <span className="hash">{check.data.head}</span>
              <CopyButton text={check.data.head} />
            </p>
          </Notice>
        )}
        <div className="filters">
          <TextField
            label={t('admin.action')}
            placeholder="key."
            isMono
            value={action}
            onChange={from(setAction)}
          />
          <TextField label={t('admin.tenantId')} isMono value={tenant} onChange={from(setTenant)} />
          <Select
            label={t('admin.outcome')}
            value={outcome}
            onChange={from<(typeof outcomes)[number]>(setOutcome)}
            choices={outcomes.map((value) => ({
              value,
              label: t(value === '' ? 'admin.any' : `admin.outcome_${value}`),
            }))}
          />
        </div>
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={16} />}
        {data?.entries.length === 0 && <p className="soft">{t('admin.noEntries')}</p>}
        {data && data.entries.length > 0 && (
          <Table
            label={t('admin.audit')}
            columns={[
              { name: '#', isNumeric: true },
              { name: t('admin.at') },
              { name: t('admin.action') },
              { name: t('admin.actor') },
              { name: t('admin.target') },
              { name: t('admin.outcome') },
            ]}
          >
            {data.entries.map((entry) => (
              <tr key={entry.seq}>
                <td data-numeric className="soft">
                  {entry.seq}
                </td>
                <td className="nowrap numeric">
                  {date(entry.at, { dateStyle: 'short', timeStyle: 'medium' })}
                </td>
                <td>
                  <code>{entry.action}</code>
                  <div className="detail-list">
                    {Object.entries(entry.detail).map(([name, value]) => (
                      <span key={name} className="break">
                        {name}: {value}
                      </span>
                    ))}
                  </div>
                </td>
                <td>
                  <code className="nowrap">{entry.actor}</code>
                </td>
                <td>
                  <code className="break">{entry.target}</code>
                </td>
                <td>
                  <Badge tone={tones[entry.outcome]}>{t(`admin.outcome_${entry.outcome}`)}</Badge>
                </td>
              </tr>
            ))}
          </Table>
        )}
        <Pager pages={pages} next={data?.next === null ? null : data?.next?.toString()} onChange={setPages} />
      </div>
    </Card>
  );
}
