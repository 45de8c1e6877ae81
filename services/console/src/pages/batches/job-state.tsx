import type { JobJson } from '@sillage/contracts';
import { useText } from '../../i18n/use-text.ts';
import { Badge } from '../../ui/index.ts';

const tones = {
  queued: 'neutral',
  running: 'accent',
  paused: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'neutral',
} as const;

export function JobState({ status }: Pick<JobJson, 'status'>) {
  const { t } = useText();
  return <Badge tone={tones[status]}>{t(`batches.state_${status}`)}</Badge>;
}
