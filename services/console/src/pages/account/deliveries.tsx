import type { WebhookDeliveryJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { askJson } from '../../api/client.ts';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Button, Card, Pager, ProblemNotice, Segments, Skeleton, Table } from '../../ui/index.ts';
import { type DeliveryState, deliveriesQuery } from './data.ts';

const tones = { pending: 'warn', delivered: 'good', failed: 'bad' } as const;
const states = ['all', 'pending', 'delivered', 'failed'] as const satisfies readonly DeliveryState[];

/** Every telling to a webhook, with each attempt and when the next one is due. */
export function Deliveries() {
  const { t } = useText();
  const [state, setState] = useState<DeliveryState>('all');
  const [pages, setPages] = useState<readonly string[]>([]);
  const { data, error, refetch } = useQuery(deliveriesQuery(state, pages.at(-1)));
  return (
    <Card
      title={t('account.deliveries')}
      actions={
        <Segments
          label={t('account.state')}
          value={state}
          onChange={(chosen) => {
            setState(chosen);
            setPages([]);
          }}
          choices={states.map((value) => ({ value, label: t(`account.delivery_${value}`) }))}
        />
      }
    >
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={10} />}
      {data?.deliveries.length === 0 && <p className="soft">{t('account.noDeliveries')}</p>}
      {data && data.deliveries.length > 0 && (
        <Table
          label={t('account.deliveries')}
          columns={[
            { name: t('account.event') },
            { name: t('account.state') },
            { name: t('account.attempts') },
            { name: t('common.actions'), isUnseen: true },
          ]}
        >
          {data.deliveries.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} />
          ))}
        </Table>
      )}
      <Pager pages={pages} next={data?.next} onChange={setPages} />
    </Card>
  );
}

function DeliveryRow({ delivery }: { readonly delivery: WebhookDeliveryJson }) {
  const { t, number, date } = useText();
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => askJson(`/api/v1/webhook-deliveries/${delivery.id}/redeliver`, { method: 'POST' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const moment = (at: string) => date(at, { dateStyle: 'short', timeStyle: 'medium' });
  const attempts = delivery.attempts.slice(-3);
  return (
    <tr>
      <td className="told">
        <code>{delivery.event}</code>
        <div className="small soft nowrap">{moment(delivery.created_at)}</div>
        <div className="small soft break">{delivery.url}</div>
      </td>
      <td>
        <Badge tone={tones[delivery.state]}>{t(`account.delivery_${delivery.state}`)}</Badge>
      </td>
      <td>
        <ol className="attempts">
          {attempts.map(({ at, status, error, duration_ms: duration }) => (
            <li key={at} className="row tight">
              <Badge tone={error === null ? 'good' : 'bad'}>{status ?? '–'}</Badge>
              <span className="numeric nowrap">{moment(at)}</span>
              <span className="numeric soft">{number(duration, { style: 'unit', unit: 'millisecond' })}</span>
              {error !== null && status === null && <span className="soft break">{error}</span>}
            </li>
          ))}
        </ol>
        {delivery.attempts.length > attempts.length && (
          <div className="small soft">
            {t('account.attemptsAll', { count: number(delivery.attempts.length) })}
          </div>
        )}
        {delivery.next_attempt_at && (
          <div className="small soft">
            {t('account.nextAttempt', { date: moment(delivery.next_attempt_at) })}
          </div>
        )}
        {again.error && <ProblemNotice error={again.error} />}
      </td>
      <td className="actions-cell">
        <Button size="s" variant="ghost" isDisabled={again.isPending} onPress={() => again.mutate()}>
          <RotateCcw aria-hidden size={15} />
          {t('account.redeliver')}
        </Button>
      </td>
    </tr>
  );
}
