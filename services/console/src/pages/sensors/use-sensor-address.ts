import { useNavigate, useSearch } from '@tanstack/react-router';

/** What of the page is in sight; nothing: the lists. */
export interface SensorAddress {
  readonly device?: string;
  readonly array?: string;
  /** Of the device. */
  readonly tab?: string;
}

/** Which device or array is in sight, and what opens another one or the lists. The browser's own way back leads back. */
export function useSensorAddress() {
  const { device, array }: Readonly<Record<string, string | undefined>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const open = (next: SensorAddress) => {
    void navigate({ to: '.', search: { ...next } as Record<string, string> });
  };
  return { device, array, open };
}
