import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../i18n/use-text.ts';
import { Button } from './button.tsx';
import { Dialog } from './overlays.tsx';
import { Notice } from './states.tsx';

/** Puts a text on the clipboard. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useText();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2500);
    } catch {
      // Without leave to write there the text is beside the button, to be marked by hand.
    }
  };
  return (
    <Button size="s" onPress={() => void copy()}>
      {isCopied ? <Check aria-hidden size={15} /> : <Copy aria-hidden size={15} />}
      <span aria-live="polite">{isCopied ? t('common.copied') : (label ?? t('common.copy'))}</span>
    </Button>
  );
}

/** Shows a secret this once; undefined: there is none to show. It closes by its button alone. */
export function SecretDialog({
  title,
  help,
  secret,
  onClose,
}: {
  readonly title: string;
  readonly help: string;
  readonly secret: string | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useText();
  return (
    <Dialog title={title} isOpen={secret !== undefined} onClose={onClose} isForced>
      <Notice tone="warn">
        <p>{help}</p>
      </Notice>
      <div className="secret">
        <code className="break" data-testid="secret">
          {secret}
        </code>
        <CopyButton text={secret ?? ''} />
      </div>
      <div className="actions">
        <Button variant="primary" onPress={onClose}>
          {t('account.secretKept')}
        </Button>
      </div>
    </Dialog>
  );
}
