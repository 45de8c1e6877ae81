import type { UseMutationResult } from '@tanstack/react-query';
import { ArrowLeft, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { Button, ConfirmDialog, ProblemNotice } from '../../ui/index.ts';

/** The way back from one device or array to all. */
export function BackButton({ onPress }: { readonly onPress: () => void }) {
  const { t } = useText();
  return (
    <Button variant="ghost" size="s" onPress={onPress}>
      <ArrowLeft aria-hidden size={16} />
      {t('sensors.allDevices')}
    </Button>
  );
}

/** Removes what the page is about, after it has asked. */
export function RemoveButton({
  name,
  action,
  help,
  removing,
}: {
  readonly name: string;
  /** What the buttons say, a verb. */
  readonly action: string;
  /** What is lost with it. */
  readonly help: string;
  readonly removing: UseMutationResult<unknown, Error, void>;
}) {
  const { t } = useText();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button variant="ghost" shape="icon" size="s" aria-label={action} onPress={() => setAsking(true)}>
        <Trash2 aria-hidden size={16} />
      </Button>
      <ConfirmDialog
        title={t('sensors.removeTitle', { name })}
        action={action}
        isOpen={isAsking}
        isBusy={removing.isPending}
        onConfirm={() => removing.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{help}</p>
        {removing.error && <ProblemNotice error={removing.error} />}
      </ConfirmDialog>
    </>
  );
}
