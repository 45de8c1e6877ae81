import type { DeviceJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { Radio } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Button, Card, EmptyState, Pager, ProblemNotice, Skeleton } from '../../ui/index.ts';
import { deviceQuery, devicesQuery } from './data.ts';
import { CalibrationState, DeviceStatus, FaultKinds } from './device-state.tsx';

/** The account's devices, newest first, and how each one does. */
export function DeviceList({
  onChoose,
  onRegister,
  onTry,
  isTrying,
}: {
  readonly onChoose: (id: string) => void;
  readonly onRegister: () => void;
  /** A device with a synthetic recording, for those who have none. */
  readonly onTry: () => void;
  readonly isTrying: boolean;
}) {
  const { t } = useText();
  const [pages, setPages] = useState<readonly string[]>([]);
  const { data, error, refetch, isPending } = useQuery(devicesQuery(pages.at(-1)));
  return (
    <Card title={t('sensors.devices')}>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton height={10} />}
      {data?.devices.length === 0 && (
        <EmptyState icon={Radio} title={t('sensors.none')}>
          <p>{t('sensors.noneHelp')}</p>
          <div className="row tight">
            <Button variant="primary" onPress={onRegister}>
              {t('sensors.register')}
            </Button>
            <Button onPress={onTry} isDisabled={isTrying}>
              {t('sensors.tryOne')}
            </Button>
          </div>
        </EmptyState>
      )}
      {data && data.devices.length > 0 && (
        <ul className="device-list">
          {data.devices.map((device) => (
            <li key={device.id}>
              <DeviceItem device={device} onChoose={() => onChoose(device.id)} />
            </li>
          ))}
        </ul>
      )}
      <Pager pages={pages} next={data?.next} onChange={setPages} />
    </Card>
  );
}

function DeviceItem({ device, onChoose }: { readonly device: DeviceJson; readonly onChoose: () => void }) {
  const { t, date, number } = useText();
  const { data } = useQuery(deviceQuery(device.id, 30_000));
  const { last_reading_at: last, readings, calibration } = data ?? device;
  return (
    <button type="button" className="device-item" onClick={onChoose}>
      <strong className="break">{device.name}</strong>
      <span className="small soft">
        {last === null
          ? t('sensors.noReadings')
          : t('sensors.lastReading', {
              date: date(last, { dateStyle: 'medium', timeStyle: 'medium' }),
              count: number(readings),
            })}
      </span>
      <span className="row tight">
        {data && <DeviceStatus status={data.state.status} />}
        <CalibrationState calibration={calibration} />
        {data && <FaultKinds faults={data.state.faults} />}
      </span>
    </button>
  );
}
