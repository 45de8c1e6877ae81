import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Button, PageHead, ProblemNotice } from '../../ui/index.ts';
import { createDevice } from './data.ts';
import { DeviceList } from './device-list.tsx';
import { DevicePage } from './device-page.tsx';
import { NewDevice } from './new-device.tsx';
import { useDeviceAddress } from './use-device-address.ts';
import './page.css';

/** Electronic noses: what they measure and smell, calibration, history, replay. The device in sight is in the address. */
export default function Page() {
  const { t } = useText();
  const queries = useQueryClient();
  const { id, open } = useDeviceAddress();
  const [isRegistering, setRegistering] = useState(false);
  const trying = useMutation({
    mutationFn: () => createDevice(t('sensors.tryName')),
    onSuccess: ({ id: made }) => {
      void queries.invalidateQueries({ queryKey: ['sensors', 'list'] });
      open(made, 'replay');
    },
  });
  if (id !== undefined) return <DevicePage key={id} id={id} onLeave={() => open(undefined)} />;
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
          onChoose={(chosen) => open(chosen)}
          onRegister={() => setRegistering(true)}
          onTry={() => trying.mutate()}
          isTrying={trying.isPending}
        />
      </div>
      <NewDevice
        isOpen={isRegistering}
        onClose={() => setRegistering(false)}
        onMade={(device) => {
          setRegistering(false);
          open(device.id);
        }}
      />
    </>
  );
}
