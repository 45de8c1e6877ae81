import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Button, Card, ProblemNotice } from '../../ui/index.ts';
import { arraysQuery, devicesQuery } from './data.ts';
import { NewArray } from './new-array.tsx';

/** Devices that smell the same air and are asked as one. Nothing where there are too few devices for one. */
export function ArrayList({ onChoose }: { readonly onChoose: (id: string) => void }) {
  const { t, number } = useText();
  const { data, error, refetch } = useQuery(arraysQuery);
  const { data: newest } = useQuery(devicesQuery(undefined));
  const [isMaking, setMaking] = useState(false);
  const arrays = data?.arrays ?? [];
  if (!error && arrays.length === 0 && (!data || (newest?.devices.length ?? 0) < 2)) return null;
  return (
    <Card
      title={t('sensors.arrays')}
      actions={
        <Button size="s" onPress={() => setMaking(true)}>
          {t('sensors.newArray')}
        </Button>
      }
    >
      <div className="stack">
        <p className="soft">{t('sensors.arraysHelp')}</p>
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {arrays.length > 0 && (
          <ul className="device-list">
            {arrays.map(({ id, name, devices }) => (
              <li key={id}>
                <button type="button" className="device-item" onClick={() => onChoose(id)}>
                  <strong className="break">{name}</strong>
                  <span className="small soft">
                    {t('sensors.arrayCount', { count: number(devices.length) })}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <NewArray
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        onMade={(array) => {
          setMaking(false);
          onChoose(array.id);
        }}
      />
    </Card>
  );
}
