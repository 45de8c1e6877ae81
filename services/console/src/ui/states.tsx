import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { ProgressBar as AriaProgressBar, Label } from 'react-aria-components';
import { ApiError } from '../api/problem.ts';
import { useText } from '../i18n/use-text.ts';
import { Button } from './button.tsx';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad';
const icons: Readonly<Record<Tone, LucideIcon>> = {
  neutral: Info,
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleAlert,
};

/** Something to know about what is below or beside it. */
export function Notice({
  tone = 'neutral',
  title,
  children,
}: {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children?: ReactNode;
}) {
  const Icon = icons[tone];
  return (
    <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon aria-hidden size={18} />
      <div className="grow break">
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** What the API said went wrong, and which field; `onRetry` where trying again may help. */
export function ProblemNotice({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
}) {
  const { t } = useText();
  const problem = error instanceof ApiError ? error.problem : undefined;
  const fields = problem?.errors ?? [];
  const isOneField = fields.length === 1 && fields[0]?.detail === problem?.detail;
  const mayRetry = onRetry !== undefined && (problem === undefined || problem.status >= 429);
  return (
    <Notice tone="bad" title={problem?.title ?? t('common.unreachable')}>
      <p>{problem?.detail ?? t('common.unreachableHelp')}</p>
      {fields.length > 0 && !isOneField && (
        <ul>
          {fields.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <code>{pointer}</code> {detail}
            </li>
          ))}
        </ul>
      )}
      {problem && <p className="hint">{t('common.requestId', { id: problem.requestId })}</p>}
      {mayRetry && (
        <p>
          <Button size="s" onPress={onRetry}>
            {t('common.retry')}
          </Button>
        </p>
      )}
    </Notice>
  );
}

/** What to do where there is nothing yet. */
export function EmptyState({
  icon: Icon,
  title,
  children,
}: {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <span className="mark">
        <Icon aria-hidden size={26} strokeWidth={1.6} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Holds the place of what is coming, so that nothing jumps when it is there. Sizes in rem, or as CSS says them. */
export function Skeleton({ height, width = '100%' }: { readonly height: number; readonly width?: string }) {
  return <div className="skeleton" aria-hidden style={{ height: `${height}rem`, width }} />;
}

export function Spinner({ label }: { readonly label: string }) {
  return (
    <span role="status" className="row tight">
      <span className="spinner" aria-hidden />
      <span className="unseen">{label}</span>
    </span>
  );
}

/** How far something is; without a value it is under way. */
export function ProgressBar({
  label,
  value,
  max = 1,
}: {
  readonly label: string;
  readonly value: number;
  readonly max?: number;
}) {
  return (
    <AriaProgressBar className="progress" value={value} maxValue={max}>
      {({ percentage, valueText }) => (
        <>
          <span className="row spread small">
            <Label>{label}</Label>
            <span className="numeric soft">{valueText}</span>
          </span>
          <span className="rail">
            <span className="fill" style={{ display: 'block', width: `${percentage ?? 0}%` }} />
          </span>
        </>
      )}
    </AriaProgressBar>
  );
}
