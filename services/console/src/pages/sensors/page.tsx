import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Button, PageHead, ProblemNotice } from '../../ui/index.ts';
import { ArrayList } from './array-list.tsx';
import { ArrayPage } from './array-page.tsx';
import { createDevice } from './data.ts';
import { DeviceList } from './device-list.tsx';
import { DevicePage } from './device-page.tsx';
import { NewDevice } from './new-device.tsx';
import { useSensorAddress } from './use-sensor-address.ts';
import './page.css';

/** Electronic noses: what they measure and smell, calibration, history, replay; and several asked as one. What is in sight is in the address. */
export default function Page() {
  const { t } = useText();
  const queries = useQueryClient();
  const { device, array, open } = useSensorAddress();
  const [isRegistering, setRegistering] = useState(false);
  const trying = useMutation({
    mutationFn: () => createDevice(t('sensors.tryName')),
    onSuccess: ({ id: made }) => {
      void queries.invalidateQueries({ queryKey: ['sensors', 'list'] });
      open({ device: made, tab: 'replay' });
    },
  });
  if (device !== undefined) return <DevicePage key={device} id={device} onLeave={() => open({})} />;
  if (array !== undefined) {
    return (
      <ArrayPage
        key={array}
        id={array}
        onChoose={(chosen) => open({ device: chosen })}
        onLeave={() => open({})}
      />
    );
  }
  return (
    <>
      <PageHead
        title={t('sensors.title')}
        lead={t('sensors.lead')}
        actions={
          <Button onPress={() => setRegistering(true)}>
            <Plus aria-hidden size={16} />
            {t('sensors.register')}
          </Button>
        }
      />
      <div className="stack">
        {trying.error && <ProblemNotice error={trying.error} />}
        <DeviceList
          onChoose={(chosen) => open({ device: chosen })}
          onRegister={() => setRegistering(true)}
          onTry={() => trying.mutate()}
          isTrying={trying.isPending}
        />
        <ArrayList onChoose={(chosen) => open({ array: chosen })} />
      </div>
      <NewDevice
        isOpen={isRegistering}
        onClose={() => setRegistering(false)}
        onMade={(made) => {
          setRegistering(false);
          open({ device: made.id });
        }}
      />
    </>
  );
}
