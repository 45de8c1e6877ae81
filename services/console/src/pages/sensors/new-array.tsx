import type { SensorArrayJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Checks, FormDialog, ProblemNotice, Skeleton, TextField } from '../../ui/index.ts';
import { anyDevicesQuery, arraysQuery, createArray } from './data.ts';

/** Devices of one array, as the API takes them. */
const members = { least: 2, most: 16 } as const;
/** More devices than these are looked for by their name. */
const manyDevices = 12;

/** Makes an array of devices. What was chosen stays until it is there. */
export function NewArray({
  isOpen,
  onClose,
  onMade,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (array: SensorArrayJson) => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [sought, setSought] = useState('');
  const { data, error } = useQuery({ ...anyDevicesQuery, enabled: isOpen });
  const making = useMutation({
    mutationFn: () => createArray(name.trim(), chosen),
    onSuccess: (array) => {
      setName('');
      setChosen([]);
      void queries.invalidateQueries({ queryKey: arraysQuery.queryKey });
      onMade(array);
    },
  });
  const devices = data?.devices ?? [];
  const isSought = (device: string) => device.toLocaleLowerCase().includes(sought.toLocaleLowerCase());
  const shown = devices.filter((device) => isSought(device.name));
  const isKnown = new Set(shown.map(({ id }) => id));
  const nameError = fieldError(making.error, '/name');
  const isRight = name.trim() !== '' && chosen.length >= members.least && chosen.length <= members.most;
  return (
    <FormDialog
      title={t('sensors.newArray')}
      action={t('sensors.newArray')}
      isOpen={isOpen}
      isReady={isRight}
      isBusy={making.isPending}
      error={nameError === undefined ? making.error : undefined}
      onSubmit={() => making.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('sensors.name')}
        error={nameError}
        value={name}
        onChange={setName}
        maxLength={100}
        autoFocus
      />
      {devices.length > manyDevices && (
        <TextField label={t('sensors.findDevice')} value={sought} onChange={setSought} type="search" />
      )}
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Skeleton height={6} />}
      {data && (
        <div className="array-choices">
          <Checks
            label={t('sensors.devices')}
            hint={t('sensors.arrayHint')}
            value={chosen}
            onChange={(next) => setChosen([...chosen.filter((id) => !isKnown.has(id)), ...next])}
            choices={shown.map((device) => ({ value: device.id, label: device.name }))}
          />
        </div>
      )}
    </FormDialog>
  );
}
