import type { DeviceDetailsJson, DeviceJson } from '@sillage/contracts';
import { useText } from '../../i18n/use-text.ts';
import { Badge } from '../../ui/index.ts';
import { faultWord } from './words.ts';

const tones = { live: 'good', silent: 'warn', never: 'neutral' } as const;

export function DeviceStatus({ status }: { readonly status: DeviceDetailsJson['state']['status'] }) {
  const { t } = useText();
  return <Badge tone={tones[status]}>{t(`sensors.status_${status}`)}</Badge>;
}

/** Whether it is calibrated, and until when that holds. */
export function CalibrationState({ calibration }: Pick<DeviceJson, 'calibration'>) {
  const { t, date } = useText();
  const { calibrated, expired, expires_at: expiresAt } = calibration;
  if (!calibrated) return <Badge>{t('sensors.uncalibrated')}</Badge>;
  if (expired) return <Badge tone="bad">{t('sensors.calibrationExpired')}</Badge>;
  return (
    <Badge tone="good">
      {expiresAt === null ? t('sensors.calibrated') : t('sensors.calibratedUntil', { date: date(expiresAt) })}
    </Badge>
  );
}

/** Kinds of faults that a device has now, each once with how many channels have it. */
export function FaultKinds({ faults }: { readonly faults: DeviceDetailsJson['state']['faults'] }) {
  const { t, number } = useText();
  const counts = new Map<string, number>();
  for (const { kind, active } of faults) if (active) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (
    <Badge key={kind} tone="warn">
      {faultWord(t, kind)}
      {count > 1 && ` × ${number(count)}`}
    </Badge>
  ));
}
