import type { DeviceJson } from '@sillage/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { FormDialog, TextField } from '../../ui/index.ts';
import { createDevice } from './data.ts';

/** Registers a device. What was typed stays until it is there. */
export function NewDevice({
  isOpen,
  onClose,
  onMade,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (device: DeviceJson) => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const making = useMutation({
    mutationFn: () => createDevice(name.trim()),
    onSuccess: (device) => {
      setName('');
      void queries.invalidateQueries({ queryKey: ['sensors', 'list'] });
      onMade(device);
    },
  });
  const nameError = fieldError(making.error, '/name');
  return (
    <FormDialog
      title={t('sensors.register')}
      action={t('sensors.registerAction')}
      isOpen={isOpen}
      isReady={name.trim() !== ''}
      isBusy={making.isPending}
      error={nameError === undefined ? making.error : undefined}
      onSubmit={() => making.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('sensors.name')}
        hint={t('sensors.nameHint')}
        error={nameError}
        value={name}
        onChange={setName}
        maxLength={100}
        autoFocus
      />
    </FormDialog>
  );
}
