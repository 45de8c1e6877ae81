import type { CreatedKeyJson } from '@sillage/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useSession } from '../../api/session.ts';
import { useText } from '../../i18n/use-text.ts';
import { Checks, FormDialog, Select, TextField } from '../../ui/index.ts';
import { createKey } from './data.ts';

const names = ['predict', 'generate', 'research', 'sensors', 'account', 'admin'] as const;
const lives = ['never', '30', '90', '365'] as const;
const dayMs = 86_400_000;

/** What a new key is good for. What was typed stays when it is closed, until a key is made. */
export function NewKeyDialog({
  isOpen,
  onClose,
  onMade,
  make = createKey,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (key: CreatedKeyJson) => void;
  readonly make?: typeof createKey;
}) {
  const { t } = useText();
  const own = useSession()?.scopes ?? [];
  const offered = names.filter((name) => own.includes(name));
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState<readonly (typeof names)[number][]>(['predict', 'generate']);
  const [life, setLife] = useState<(typeof lives)[number]>('never');
  const [networks, setNetworks] = useState('');
  const making = useMutation({
    mutationFn: () => {
      const ranges = networks.split(/[\s,]+/).filter((text) => text !== '');
      return make({
        label,
        scopes: scopes.filter((scope) => own.includes(scope)),
        ...(life === 'never'
          ? {}
          : { expires_at: new Date(Date.now() + Number(life) * dayMs).toISOString() }),
        ...(ranges.length > 0 ? { address_ranges: ranges } : {}),
      });
    },
    onSuccess: (key) => {
      setLabel('');
      setNetworks('');
      onMade(key);
    },
  });
  return (
    <FormDialog
      title={t('account.newKey')}
      action={t('account.makeKey')}
      isOpen={isOpen}
      isReady={scopes.length > 0}
      isBusy={making.isPending}
      error={making.error}
      onSubmit={() => making.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('account.label')}
        hint={t('account.labelHint')}
        error={fieldError(making.error, '/label')}
        value={label}
        onChange={setLabel}
        maxLength={100}
        autoFocus
      />
      <Checks
        label={t('account.scopes')}
        hint={t('account.scopesHint')}
        value={scopes}
        onChange={setScopes}
        choices={offered.map((value) => ({ value, label: t(`account.scope_${value}`) }))}
      />
      <Select
        label={t('account.expires')}
        value={life}
        onChange={setLife}
        choices={lives.map((value) => ({
          value,
          label: value === 'never' ? t('account.never') : t('account.inDays', { days: value }),
        }))}
      />
      <TextField
        label={t('account.networks')}
        hint={t('account.networksHint')}
        error={fieldError(making.error, '/address_ranges/0')}
        isMono
        placeholder="203.0.113.0/24"
        value={networks}
        onChange={setNetworks}
      />
    </FormDialog>
  );
}
