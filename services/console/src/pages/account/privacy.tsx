import type { AccountJson, ConsentsJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { askJson } from '../../api/client.ts';
import { forgetSession } from '../../api/session.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, Card, ConfirmDialog, ProblemNotice, Skeleton, Switch, TextField } from '../../ui/index.ts';
import { accountQuery, consentsQuery } from './data.ts';

/** What the account agrees to, all that is kept of it, and its end. */
export function Privacy() {
  return (
    <>
      <Consents />
      <Export />
      <Erase />
    </>
  );
}

function Consents() {
  const { t, date } = useText();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(consentsQuery);
  const decide = useMutation({
    mutationFn: (decision: { purpose: string; granted: boolean; version: string }) =>
      askJson<ConsentsJson>('/api/v1/account/consents', { method: 'PUT', body: { consents: [decision] } }),
    onSuccess: (consents) => queries.setQueryData(consentsQuery.queryKey, consents),
  });
  return (
    <Card title={t('account.consents')}>
      <p className="soft">{t('account.consentsHelp')}</p>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={4} />}
      {data?.consents.map(({ purpose, granted, version, text, decided_at: decidedAt }) => (
        <div key={purpose} className="line-item">
          <Switch isOn={granted} onChange={(isOn) => decide.mutate({ purpose, granted: isOn, version })}>
            {text}
          </Switch>
          <span className="small soft">
            {decidedAt
              ? t('account.decided', { date: date(decidedAt, { dateStyle: 'medium', timeStyle: 'short' }) })
              : t('account.neverDecided')}
          </span>
        </div>
      ))}
      {decide.error && <ProblemNotice error={decide.error} />}
    </Card>
  );
}

function Export() {
  const { t } = useText();
  return (
    <Card title={t('account.export')}>
      <div className="stack">
        <p className="soft">{t('account.exportHelp')}</p>
        <div>
          <a className="button" data-variant="secondary" href="/api/v1/account/export" download>
            <Download aria-hidden size={16} />
            {t('account.exportAction')}
          </a>
        </div>
      </div>
    </Card>
  );
}

function Erase() {
  const { t } = useText();
  const { data } = useQuery(accountQuery);
  return (
    <section className="card danger-zone">
      <h2>{t('account.erase')}</h2>
      <div className="stack">
        <p className="soft">{t('account.eraseHelp')}</p>
        {data && <EraseButton tenant={data.tenant} />}
      </div>
    </section>
  );
}

function EraseButton({ tenant }: { readonly tenant: AccountJson['tenant'] }) {
  const { t } = useText();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const erase = useMutation({
    mutationFn: () => askJson(`/api/v1/account?confirm=${tenant.id}`, { method: 'DELETE' }),
    onSuccess: () => forgetSession(queries),
  });
  return (
    <div>
      <Button variant="danger" onPress={() => setAsking(true)}>
        {t('account.eraseAction')}
      </Button>
      <ConfirmDialog
        title={t('account.erase')}
        action={t('account.eraseAction')}
        isOpen={isAsking}
        isBusy={erase.isPending || typed !== tenant.name}
        onConfirm={() => erase.mutate()}
        onClose={() => setAsking(false)}
      >
        <div className="stack">
          <p>{t('account.eraseWarning')}</p>
          <TextField
            label={t('account.eraseType', { name: tenant.name })}
            value={typed}
            onChange={setTyped}
            autoComplete="off"
            autoFocus
          />
          {erase.error && <ProblemNotice error={erase.error} />}
        </div>
      </ConfirmDialog>
    </div>
  );
}
