import type { DeviceJson } from '@sillage/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, Dialog, ProblemNotice, TextField } from '../../ui/index.ts';
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
    <Dialog title={t('sensors.register')} isOpen={isOpen} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          making.mutate();
        }}
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
        {making.error && nameError === undefined && <ProblemNotice error={making.error} />}
        <div className="actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="primary" isDisabled={name.trim() === '' || making.isPending}>
            {t('sensors.registerAction')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
