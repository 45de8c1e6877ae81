import type { WebhookJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Send, Trash2, Webhook } from 'lucide-react';
import { useState } from 'react';
import { askJson } from '../../api/client.ts';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import {
  Badge,
  Button,
  Card,
  Checks,
  ConfirmDialog,
  EmptyState,
  FormDialog,
  ProblemNotice,
  SecretDialog,
  Skeleton,
  TextField,
} from '../../ui/index.ts';
import { webhooksQuery } from './data.ts';
import { Deliveries } from './deliveries.tsx';

const events = ['job.succeeded', 'job.failed', 'job.cancelled'] as const;
const wordOf = {
  'job.succeeded': 'succeeded',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
} as const;

/** Where the account is told of its jobs, and all that was told. */
export function Webhooks() {
  const { t } = useText();
  const { data, error, refetch } = useQuery(webhooksQuery);
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  return (
    <>
      <Card
        title={t('account.webhooks')}
        actions={
          <Button variant="primary" size="s" onPress={() => setMaking(true)}>
            <Plus aria-hidden size={16} />
            {t('account.newWebhook')}
          </Button>
        }
      >
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={8} />}
        {data?.webhooks.length === 0 && (
          <EmptyState icon={Webhook} title={t('account.noWebhooks')}>
            <p>{t('account.noWebhooksHelp')}</p>
          </EmptyState>
        )}
        <ul>
          {data?.webhooks.map((webhook) => (
            <WebhookItem key={webhook.id} webhook={webhook} />
          ))}
        </ul>
      </Card>
      <Deliveries />
      <NewWebhookDialog
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        onMade={(made) => {
          setMaking(false);
          setSecret(made);
        }}
      />
      <SecretDialog
        title={t('account.webhookMade')}
        help={t('account.webhookSecretOnce')}
        secret={secret}
        onClose={() => setSecret(undefined)}
      />
    </>
  );
}

function WebhookItem({ webhook }: { readonly webhook: WebhookJson }) {
  const { t } = useText();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const path = `/api/v1/webhooks/${webhook.id}`;
  const test = useMutation({
    mutationFn: () => askJson(`${path}/test`, { method: 'POST' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const remove = useMutation({
    mutationFn: () => askJson(path, { method: 'DELETE' }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['deliveries'] });
      return queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
    },
  });
  const name = webhook.label || webhook.url;
  return (
    <li className="line-item">
      <div className="grow stack tight">
        <strong className="break">{name}</strong>
        {webhook.label !== '' && <code className="break soft">{webhook.url}</code>}
        <div className="scopes">
          {webhook.events.map((event) => (
            <Badge key={event}>{t(`batches.state_${wordOf[event]}`)}</Badge>
          ))}
        </div>
        {test.error && <ProblemNotice error={test.error} />}
      </div>
      <div className="row tight">
        <Button
          size="s"
          isDisabled={test.isPending}
          aria-label={t('account.testNamed', { name })}
          onPress={() => test.mutate()}
        >
          <Send aria-hidden size={15} />
          {t('account.test')}
        </Button>
        <Button
          size="s"
          variant="ghost"
          shape="icon"
          aria-label={t('account.removeNamed', { name })}
          onPress={() => setAsking(true)}
        >
          <Trash2 aria-hidden size={15} />
        </Button>
      </div>
      <ConfirmDialog
        title={t('account.removeNamed', { name })}
        action={t('account.remove')}
        isOpen={isAsking}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{t('account.removeHelp')}</p>
        {remove.error && <ProblemNotice error={remove.error} />}
      </ConfirmDialog>
    </li>
  );
}

function NewWebhookDialog({
  isOpen,
  onClose,
  onMade,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (secret: string | undefined) => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [url, setUrl] = useState('');
  const [label, setLabel] = useState('');
  const [chosen, setChosen] = useState<readonly (typeof events)[number][]>(events);
  const making = useMutation({
    mutationFn: () =>
      askJson<{ readonly secret?: string }>('/api/v1/webhooks', {
        method: 'POST',
        body: { url: url.trim(), label, events: chosen },
      }),
    onSuccess: ({ secret }) => {
      setUrl('');
      setLabel('');
      void queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onMade(secret);
    },
  });
  const urlError = fieldError(making.error, '/url');
  return (
    <FormDialog
      title={t('account.newWebhook')}
      action={t('account.makeWebhook')}
      isOpen={isOpen}
      isReady={url.trim() !== '' && chosen.length > 0}
      isBusy={making.isPending}
      error={urlError === undefined ? making.error : undefined}
      onSubmit={() => making.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('account.url')}
        hint={t('account.urlHint')}
        error={urlError}
        type="url"
        isMono
        placeholder="https://example.com/sillage"
        value={url}
        onChange={setUrl}
        autoFocus
      />
      <TextField label={t('account.label')} value={label} onChange={setLabel} maxLength={100} />
      <Checks
        label={t('account.events')}
        value={chosen}
        onChange={setChosen}
        choices={events.map((value) => ({ value, label: t(`batches.state_${wordOf[value]}`) }))}
      />
    </FormDialog>
  );
}
