import { X } from 'lucide-react';
import type { FormEvent, ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useText } from '../i18n/use-text.ts';
import { Button } from './button.tsx';
import { ProblemNotice } from './states.tsx';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: 'usual' | 'wide';
  /** For what must be answered: neither Escape nor a press beside it closes it, and it has no cross. */
  readonly isForced?: boolean;
}

/** A dialog over the page; the focus stays in it and goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, size = 'usual', isForced = false }: DialogProps) {
  const { t } = useText();
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={!isForced}
      isKeyboardDismissDisabled={isForced}
    >
      <Modal className="modal" data-size={size}>
        <AriaDialog className="dialog">
          <div className="row spread">
            <Heading slot="title">{title}</Heading>
            {!isForced && (
              <Button variant="ghost" shape="icon" size="s" aria-label={t('common.close')} onPress={onClose}>
                <X aria-hidden size={18} />
              </Button>
            )}
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({
  title,
  children,
  action,
  isOpen,
  isBusy = false,
  onConfirm,
  onClose,
}: Pick<DialogProps, 'title' | 'children' | 'isOpen' | 'onClose'> & {
  /** What the button says, a verb. */
  readonly action: string;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
}) {
  const { t } = useText();
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <div>{children}</div>
      <div className="actions">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button variant="danger" isDisabled={isBusy} onPress={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}

/** A form over the page: what it asks for, why it was refused, and the two ways out. */
export function FormDialog({
  title,
  children,
  action,
  isOpen,
  isReady,
  isBusy,
  error,
  onSubmit,
  onClose,
}: Pick<DialogProps, 'title' | 'children' | 'isOpen' | 'onClose'> & {
  /** What the button says, a verb. */
  readonly action: string;
  /** Whether what was entered may be sent. */
  readonly isReady: boolean;
  readonly isBusy: boolean;
  /** Why it was refused, where no field says so itself. */
  readonly error: unknown;
  readonly onSubmit: () => void;
}) {
  const { t } = useText();
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {Boolean(error) && <ProblemNotice error={error} />}
        <div className="actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="primary" isDisabled={!isReady || isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
