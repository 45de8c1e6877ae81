import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style'> {
  readonly variant?: 'primary' | 'secondary' | 'ghost' | 'danger';
  readonly size?: 's' | 'm';
  /** Of an icon alone; say what it does in `aria-label`. */
  readonly shape?: 'text' | 'icon';
}

/** A thing to press. One primary button a view, for what it is there for. */
export function Button({ variant = 'secondary', size = 'm', shape = 'text', ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className="button" data-variant={variant} data-size={size} data-shape={shape} />
  );
}
