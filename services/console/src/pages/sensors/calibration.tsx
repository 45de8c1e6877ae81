import type { CalibrationJson, DeviceDetailsJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { Gauge } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Button, Card, EmptyState, Notice, ProblemNotice, Skeleton } from '../../ui/index.ts';
import { CalibrationWizard } from './calibration-wizard.tsx';
import { Corrections } from './corrections.tsx';
import { calibrationsQuery } from './data.ts';

/** The calibrations that a device has had with their certificates, and a new one. */
export default function Calibration({ device }: { readonly device: DeviceDetailsJson }) {
  const { t } = useText();
  const { data, error, refetch } = useQuery(calibrationsQuery(device.id));
  const [isMaking, setMaking] = useState(false);
  const [isDone, setDone] = useState(false);
  if (isMaking) {
    return (
      <CalibrationWizard
        device={device}
        onLeave={() => setMaking(false)}
        onDone={() => {
          setMaking(false);
          setDone(true);
        }}
      />
    );
  }
  const begin = () => {
    setDone(false);
    setMaking(true);
  };
  const all = data?.calibrations ?? [];
  return (
    <Card
      title={t('sensors.calibrations')}
      {...(all.length === 0
        ? {}
        : {
            actions: (
              <Button variant="primary" size="s" onPress={begin}>
                {t('sensors.calibrate')}
              </Button>
            ),
          })}
    >
      <div className="stack">
        {isDone && <Notice tone="good" title={t('sensors.calibrationDone')} />}
        {device.calibration.expired && (
          <Notice tone="warn" title={t('sensors.calibrationExpired')}>
            <p>{t('sensors.calibrationExpiredHelp')}</p>
          </Notice>
        )}
        {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={10} />}
        {data && all.length === 0 && (
          <EmptyState icon={Gauge} title={t('sensors.noCalibration')}>
            <p>{t('sensors.noCalibrationHelp')}</p>
            <Button variant="primary" onPress={begin}>
              {t('sensors.calibrate')}
            </Button>
          </EmptyState>
        )}
        {all.map((calibration, at) => (
          <Certificate
            key={calibration.created_at}
            calibration={calibration}
            state={at > 0 ? 'past' : device.calibration.expired ? 'expired' : 'holds'}
          />
        ))}
      </div>
    </Card>
  );
}

const tones = { holds: 'good', expired: 'bad', past: 'neutral' } as const;

function Certificate({
  calibration,
  state,
}: {
  readonly calibration: CalibrationJson;
  readonly state: keyof typeof tones;
}) {
  const { t, date, number } = useText();
  const { certificate, span } = calibration;
  const style = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  const range = (from: string | null, to: string | null) =>
    `${from === null ? '…' : date(from, style)} – ${to === null ? '…' : date(to, style)}`;
  return (
    <article className="certificate stack tight">
      <div className="row tight">
        <h3>{date(calibration.created_at, { dateStyle: 'medium', timeStyle: 'short' })}</h3>
        <Badge tone={tones[state]}>{t(`sensors.certificate_${state}`)}</Badge>
      </div>
      <dl className="certificate-facts">
        <dt>{t('sensors.performedBy')}</dt>
        <dd className="break">{certificate?.performed_by ?? '–'}</dd>
        <dt>{t('sensors.referenceGas')}</dt>
        <dd className="break">{certificate?.reference_gas || '–'}</dd>
        {certificate?.note && (
          <>
            <dt>{t('sensors.note')}</dt>
            <dd className="break">{certificate.note}</dd>
          </>
        )}
        <dt>{t('sensors.expires')}</dt>
        <dd>{calibration.expires_at === null ? t('sensors.untilNext') : date(calibration.expires_at)}</dd>
        <dt>{t('sensors.step_baseline')}</dt>
        <dd>
          {range(calibration.from, calibration.to)}
          {` · ${t('sensors.readingsUsed', { count: number(calibration.readings_used) })}`}
        </dd>
        {span && (
          <>
            <dt>{t('sensors.step_span')}</dt>
            <dd>{range(span.from, span.to)}</dd>
          </>
        )}
      </dl>
      <details className="figures-table">
        <summary>{t('sensors.corrections')}</summary>
        <Corrections calibration={calibration} />
      </details>
    </article>
  );
}
