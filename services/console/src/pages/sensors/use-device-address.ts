import { useNavigate, useSearch } from '@tanstack/react-router';

/** Which device is in sight, and what opens another one or the list. The browser's own way back leads back. */
export function useDeviceAddress() {
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const open = (id: string | undefined, tab?: string) => {
    const next = { ...(id === undefined ? {} : { device: id }), ...(tab === undefined ? {} : { tab }) };
    void navigate({ to: '.', search: next as Record<string, string> });
  };
  return { id: search['device'], open };
}
