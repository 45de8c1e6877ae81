import type { DeviceDetailsJson } from '@sillage/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, Trash2 } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import {
  Button,
  ConfirmDialog,
  CopyButton,
  Notice,
  PageHead,
  ProblemNotice,
  Skeleton,
  Tabs,
  useChoice,
} from '../../ui/index.ts';
import { deviceQuery, removeDevice } from './data.ts';
import { CalibrationState, DeviceStatus, FaultKinds } from './device-state.tsx';
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
  const back = (
    <Button variant="ghost" size="s" onPress={onLeave}>
      <ArrowLeft aria-hidden size={16} />
      {t('sensors.allDevices')}
    </Button>
  );
  if (data) return <Known device={data} back={back} onLeave={onLeave} />;
  return (
    <>
      <PageHead title={t('sensors.title')} actions={back} />
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <Skeleton height={20} />}
    </>
  );
}

function Known({
  device,
  back,
  onLeave,
}: {
  readonly device: DeviceDetailsJson;
  readonly back: ReactNode;
  readonly onLeave: () => void;
}) {
  const { t } = useText();
  const queries = useQueryClient();
  const [part, choose] = useChoice('tab', parts);
  const [isAsking, setAsking] = useState(false);
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
            {back}
            <CopyButton text={device.id} label={t('sensors.copyId')} />
            <Button
              variant="ghost"
              shape="icon"
              size="s"
              aria-label={t('sensors.remove')}
              onPress={() => setAsking(true)}
            >
              <Trash2 aria-hidden size={16} />
            </Button>
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
      <ConfirmDialog
        title={t('sensors.removeTitle', { name: device.name })}
        action={t('sensors.remove')}
        isOpen={isAsking}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{t('sensors.removeHelp')}</p>
        {remove.error && <ProblemNotice error={remove.error} />}
      </ConfirmDialog>
    </>
  );
}
