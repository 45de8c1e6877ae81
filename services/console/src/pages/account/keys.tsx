import type { CreatedKeyJson, KeyJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useSession } from '../../api/session.ts';
import { useText } from '../../i18n/use-text.ts';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  EmptyState,
  ProblemNotice,
  SecretDialog,
  Select,
  Skeleton,
  Switch,
  Table,
} from '../../ui/index.ts';
import { keysQuery, revokeKey, rotateKey, stateOf } from './data.ts';
import { NewKeyDialog } from './new-key.tsx';

const tones = { active: 'good', ending: 'warn', expired: 'neutral', revoked: 'neutral' } as const;
const overlaps = ['0', '3600', '86400', '604800'] as const;

/** The account's keys: made, rotated, revoked. A secret is shown once. */
export function Keys() {
  const { t } = useText();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(keysQuery);
  const [isMaking, setMaking] = useState(false);
  const [areAllShown, showAll] = useState(false);
  const [secret, setSecret] = useState<string>();
  const made = (key: CreatedKeyJson) => {
    setMaking(false);
    setSecret(key.secret);
    void queries.invalidateQueries({ queryKey: keysQuery.queryKey });
  };
  const now = Date.now();
  const keys = data?.keys ?? [];
  const holding = keys.filter((key) => ['active', 'ending'].includes(stateOf(key, now)));
  const shown = areAllShown ? keys : holding;
  return (
    <Card
      title={t('account.keys')}
      actions={
        <>
          {holding.length < keys.length && (
            <Switch isOn={areAllShown} onChange={showAll}>
              {t('account.showOldKeys')}
            </Switch>
          )}
          <Button variant="primary" size="s" onPress={() => setMaking(true)}>
            <Plus aria-hidden size={16} />
            {t('account.newKey')}
          </Button>
        </>
      }
    >
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={10} />}
      {data && keys.length === 0 && <EmptyState icon={KeyRound} title={t('account.noKeys')} />}
      {shown.length > 0 && (
        <Table
          label={t('account.keys')}
          columns={[
            { name: t('account.label') },
            { name: t('account.state') },
            { name: t('account.scopes') },
            { name: t('account.lastUsed') },
            { name: t('account.expires') },
            { name: t('common.actions'), isUnseen: true },
          ]}
        >
          {shown.map((key) => (
            <KeyRow key={key.id} of={key} now={now} onRotated={made} />
          ))}
        </Table>
      )}
      <NewKeyDialog isOpen={isMaking} onClose={() => setMaking(false)} onMade={made} />
      <SecretDialog
        title={t('account.keyMade')}
        help={t('account.secretOnce')}
        secret={secret}
        onClose={() => setSecret(undefined)}
      />
    </Card>
  );
}

function KeyRow({
  of: key,
  now,
  onRotated,
}: {
  readonly of: KeyJson;
  readonly now: number;
  readonly onRotated: (key: CreatedKeyJson) => void;
}) {
  const { t, date } = useText();
  const queries = useQueryClient();
  const session = useSession();
  const [asking, setAsking] = useState<'rotate' | 'revoke'>();
  const [overlap, setOverlap] = useState<(typeof overlaps)[number]>('86400');
  const state = stateOf(key, now);
  const isOwn = session?.credential.id === key.id;
  const moment = (at: string | null, none: string) =>
    at === null ? none : date(at, { dateStyle: 'medium', timeStyle: 'short' });
  const change = useMutation({
    mutationFn: async (what: 'rotate' | 'revoke') => {
      if (what === 'revoke') await revokeKey(key.id);
      else onRotated(await rotateKey(key.id, Number(overlap)));
    },
    onSuccess: async () => {
      setAsking(undefined);
      await queries.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  const name = key.label || key.prefix;
  const ask = (what: 'rotate' | 'revoke') => {
    change.reset();
    setAsking(what);
  };
  return (
    <tr>
      <td>
        <strong className="break">{key.label || t('account.unlabelled')}</strong>
        <div className="small soft">
          <code>{key.prefix}…</code> {isOwn && <Badge>{t('account.thisSession')}</Badge>}
        </div>
      </td>
      <td>
        <Badge tone={tones[state]}>{t(`account.key_${state}`)}</Badge>
      </td>
      <td>
        <div className="scopes">
          {key.scopes.map((scope) => (
            <Badge key={scope} tone={scope === 'admin' ? 'warn' : 'neutral'}>
              {scope}
            </Badge>
          ))}
        </div>
      </td>
      <td className="nowrap">{moment(key.last_used_at, t('account.never'))}</td>
      <td className="nowrap">{moment(key.expires_at, t('account.never'))}</td>
      <td className="actions-cell">
        {(state === 'active' || state === 'ending') && (
          <div className="row tight">
            {state === 'active' && (
              <Button
                size="s"
                variant="ghost"
                aria-label={t('account.rotateNamed', { name })}
                onPress={() => ask('rotate')}
              >
                <RefreshCw aria-hidden size={15} />
                {t('account.rotate')}
              </Button>
            )}
            <Button
              size="s"
              variant="ghost"
              shape="icon"
              aria-label={t('account.revokeNamed', { name })}
              onPress={() => ask('revoke')}
            >
              <Trash2 aria-hidden size={15} />
            </Button>
          </div>
        )}
        <ConfirmDialog
          title={t('account.rotateNamed', { name })}
          action={t('account.rotate')}
          isOpen={asking === 'rotate'}
          isBusy={change.isPending}
          onConfirm={() => change.mutate('rotate')}
          onClose={() => setAsking(undefined)}
        >
          <div className="stack">
            <p>{t('account.rotateHelp')}</p>
            <Select
              label={t('account.overlap')}
              value={overlap}
              onChange={setOverlap}
              choices={overlaps.map((value) => ({ value, label: t(`account.overlap_${value}`) }))}
            />
            {change.error && <ProblemNotice error={change.error} />}
          </div>
        </ConfirmDialog>
        <ConfirmDialog
          title={t('account.revokeNamed', { name })}
          action={t('account.revoke')}
          isOpen={asking === 'revoke'}
          isBusy={change.isPending}
          onConfirm={() => change.mutate('revoke')}
          onClose={() => setAsking(undefined)}
        >
          <div className="stack">
            <p>{t(isOwn ? 'account.revokeOwnHelp' : 'account.revokeHelp')}</p>
            {change.error && <ProblemNotice error={change.error} />}
          </div>
        </ConfirmDialog>
      </td>
    </tr>
  );
}
