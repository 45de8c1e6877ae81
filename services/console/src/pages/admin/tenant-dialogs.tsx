import type { TenantJson } from '@sillage/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, Dialog, FormDialog, Notice, ProblemNotice, Select, TextField } from '../../ui/index.ts';
import { changeTenant, createTenant } from './data.ts';

export const tiers = ['free', 'basic', 'pro', 'enterprise'] as const;

export function NewTenantDialog({
  isOpen,
  onClose,
  onMade,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (tenant: TenantJson) => void;
}) {
  const { t } = useText();
  const [name, setName] = useState('');
  const [tier, setTier] = useState<(typeof tiers)[number]>('free');
  const making = useMutation({
    mutationFn: () => createTenant({ name: name.trim(), tier }),
    onSuccess: (tenant) => {
      setName('');
      onMade(tenant);
    },
  });
  const nameError = fieldError(making.error, '/name');
  return (
    <FormDialog
      title={t('admin.newTenant')}
      action={t('admin.makeTenant')}
      isOpen={isOpen}
      isReady={name.trim() !== ''}
      isBusy={making.isPending}
      error={nameError === undefined ? making.error : undefined}
      onSubmit={() => making.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('admin.name')}
        error={nameError}
        value={name}
        onChange={setName}
        maxLength={100}
        autoFocus
      />
      <TierSelect value={tier} onChange={setTier} />
    </FormDialog>
  );
}

/** Another tier; an end to all its credentials until it is lifted. */
export function EditTenantDialog({
  tenant,
  onClose,
  onChanged,
}: {
  readonly tenant: TenantJson | undefined;
  readonly onClose: () => void;
  readonly onChanged: (tenant: TenantJson) => void;
}) {
  const { t, date } = useText();
  return (
    <Dialog title={tenant?.name ?? ''} isOpen={tenant !== undefined} onClose={onClose}>
      {tenant && (
        <>
          {tenant.suspended_at && (
            <Notice tone="bad" title={t('admin.suspended')}>
              <p>{t('admin.suspendedSince', { date: date(tenant.suspended_at) })}</p>
            </Notice>
          )}
          <EditTenant key={tenant.id} tenant={tenant} onChanged={onChanged} onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}

function EditTenant({
  tenant,
  onChanged,
  onClose,
}: {
  readonly tenant: TenantJson;
  readonly onChanged: (tenant: TenantJson) => void;
  readonly onClose: () => void;
}) {
  const { t } = useText();
  const [tier, setTier] = useState(tenant.tier);
  const change = useMutation({
    mutationFn: (what: { tier?: string; suspended?: boolean }) => changeTenant(tenant.id, what),
    onSuccess: onChanged,
  });
  const isSuspended = tenant.suspended_at !== null;
  return (
    <div className="stack">
      <TierSelect value={tier} onChange={setTier} />
      <p className="hint">{t(isSuspended ? 'admin.restoreHelp' : 'admin.suspendHelp')}</p>
      {change.error && <ProblemNotice error={change.error} />}
      <div className="actions">
        <Button
          variant={isSuspended ? 'secondary' : 'danger'}
          isDisabled={change.isPending}
          onPress={() => change.mutate({ suspended: !isSuspended })}
        >
          {t(isSuspended ? 'admin.restore' : 'admin.suspend')}
        </Button>
        <Button
          variant="primary"
          isDisabled={tier === tenant.tier || change.isPending}
          onPress={() => change.mutate({ tier }, { onSuccess: onClose })}
        >
          {t('admin.saveTier')}
        </Button>
      </div>
    </div>
  );
}

function TierSelect({
  value,
  onChange,
}: {
  readonly value: (typeof tiers)[number];
  readonly onChange: (tier: (typeof tiers)[number]) => void;
}) {
  const { t } = useText();
  return (
    <Select
      label={t('admin.tier')}
      value={value}
      onChange={onChange}
      choices={tiers.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))}
    />
  );
}
