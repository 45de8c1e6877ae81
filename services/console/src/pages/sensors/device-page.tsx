import type { DeviceDetailsJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { CopyButton, Notice, PageHead, ProblemNotice, Skeleton, Tabs, useChoice } from '../../ui/index.ts';
import { deviceQuery, removeDevice } from './data.ts';
import { CalibrationState, DeviceStatus, FaultKinds } from './device-state.tsx';
import { BackButton, RemoveButton } from './head-actions.tsx';
import { History } from './history.tsx';
import { LiveView } from './live-view.tsx';
import { useLive } from './use-live.ts';
import { useReplay } from './use-replay.ts';

// Fetched when they are first opened.
const Calibration = lazy(() => import('./calibration.tsx'));
const ReplayView = lazy(() => import('./replay-view.tsx'));

const parts = ['live', 'history', 'calibration', 'replay'] as const;

/** One device. */
export function DevicePage({ id, onLeave }: { readonly id: string; readonly onLeave: () => void }) {
  const { t } = useText();
  const { data, error, refetch } = useQuery(deviceQuery(id));
  if (data) return <Known device={data} onLeave={onLeave} />;
  return (
    <>
      <PageHead title={t('sensors.title')} actions={<BackButton onPress={onLeave} />} />
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <Skeleton height={20} />}
    </>
  );
}

function Known({ device, onLeave }: { readonly device: DeviceDetailsJson; readonly onLeave: () => void }) {
  const { t } = useText();
  const queries = useQueryClient();
  const [part, choose] = useChoice('tab', parts);
  // Both outlive a change of the tab.
  const live = useLive(device);
  const replaying = useReplay(device.id);
  const remove = useMutation({
    mutationFn: () => removeDevice(device.id),
    onSuccess: () => {
      onLeave();
      queries.removeQueries({ queryKey: deviceQuery(device.id).queryKey });
      void queries.invalidateQueries({ queryKey: ['sensors', 'list'] });
    },
  });
  const contents = {
    live: () => <LiveView device={device} live={live} />,
    history: () => <History device={device} />,
    calibration: () => (
      <Suspense fallback={<Skeleton height={20} />}>
        <Calibration device={device} />
      </Suspense>
    ),
    replay: () => (
      <Suspense fallback={<Skeleton height={20} />}>
        <ReplayView device={device} live={live} replaying={replaying} />
      </Suspense>
    ),
  };
  return (
    <>
      <PageHead
        title={device.name}
        lead={
          <span className="row tight">
            <DeviceStatus status={device.state.status} />
            <CalibrationState calibration={device.calibration} />
            <FaultKinds faults={device.state.faults} />
          </span>
        }
        actions={
          <>
            <BackButton onPress={onLeave} />
            <CopyButton text={device.id} label={t('sensors.copyId')} />
            <RemoveButton
              name={device.name}
              action={t('sensors.remove')}
              help={t('sensors.removeHelp')}
              removing={remove}
            />
          </>
        }
      />
      {live.isLost && (
        <div className="above">
          <Notice tone="warn" title={t('sensors.lost')}>
            <p>{t('sensors.lostHelp')}</p>
          </Notice>
        </div>
      )}
      <Tabs
        label={device.name}
        value={part}
        onChange={choose}
        tabs={parts.map((value) => ({ value, label: t(`sensors.tab_${value}`), content: contents[value] }))}
      />
    </>
  );
}
