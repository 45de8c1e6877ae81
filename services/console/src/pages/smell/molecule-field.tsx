import { PencilLine } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, Dialog, ProblemNotice, Skeleton, TextField } from '../../ui/index.ts';
import { around } from './fault-place.ts';

const Sketcher = lazy(() => import('./sketcher.tsx'));

/** Asks for a molecule: as SMILES, or drawn. What is wrong with it is shown at its place. */
export function MoleculeField({
  label,
  value,
  error,
  action,
  onSubmit,
}: {
  readonly label: string;
  readonly value: string;
  /** What the API said to this value. */
  readonly error: unknown;
  readonly action: string;
  readonly onSubmit: (smiles: string) => void;
}) {
  const { t } = useText();
  const [draft, setDraft] = useState(value);
  const [drawn, setDrawn] = useState<string>();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => setDraft(value), [value]);
  const place = draft === value ? placeOfFault(error) : undefined;
  const detail = error instanceof ApiError ? error.problem.errors?.[0]?.detail : undefined;
  useEffect(() => {
    if (place === undefined) return;
    input.current?.focus();
    input.current?.setSelectionRange(place - 1, place);
  }, [place]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const smiles = draft.trim();
    if (smiles !== '') onSubmit(smiles);
  };
  return (
    <form className="stack tight" onSubmit={submit}>
      <div className="molecule-row">
        <TextField
          label={label}
          isMono
          value={draft}
          onChange={setDraft}
          placeholder="COc1cc(C=O)ccc1O"
          autoComplete="off"
          spellCheck="false"
          inputRef={input}
          {...(detail !== undefined && draft === value
            ? { error: place === undefined ? detail : <Fault smiles={value} place={place} detail={detail} /> }
            : {})}
        />
        <div className="row tight">
          <Button onPress={() => setDrawn(draft)}>
            <PencilLine aria-hidden size={16} />
            {t('smell.draw')}
          </Button>
          <Button type="submit" variant="primary" isDisabled={draft.trim() === ''}>
            {action}
          </Button>
        </div>
      </div>
      {error !== null && error !== undefined && detail === undefined && draft === value && (
        <ProblemNotice error={error} onRetry={() => onSubmit(value)} />
      )}
      <Dialog
        title={t('smell.drawTitle')}
        size="wide"
        isOpen={drawn !== undefined}
        onClose={() => setDrawn(undefined)}
      >
        <Suspense fallback={<Skeleton height={26} />}>
          <Sketcher smiles={draft} onChange={setDrawn} />
        </Suspense>
        <p className="mono small break" aria-live="polite">
          {drawn === '' || drawn === undefined ? t('smell.drawHelp') : drawn}
        </p>
        <div className="actions">
          <Button onPress={() => setDrawn(undefined)}>{t('common.cancel')}</Button>
          <Button
            variant="primary"
            isDisabled={drawn === undefined || drawn === ''}
            onPress={() => {
              if (drawn) onSubmit(drawn);
              setDrawn(undefined);
            }}
          >
            {t('smell.drawDone')}
          </Button>
        </div>
      </Dialog>
    </form>
  );
}

/** The character that is wrong, counted from 1. */
function placeOfFault(error: unknown): number | undefined {
  const place = error instanceof ApiError ? error.problem['position'] : undefined;
  return typeof place === 'number' && place >= 1 ? place : undefined;
}

function Fault({
  smiles,
  place,
  detail,
}: {
  readonly smiles: string;
  readonly place: number;
  readonly detail: string;
}) {
  const { before, at, after } = around(smiles, place);
  return (
    <span className="fault">
      <code aria-hidden>
        {before}
        <mark>{at}</mark>
        {after}
      </code>
      {detail}
    </span>
  );
}
