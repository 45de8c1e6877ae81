import { Sparkles, Square, X } from 'lucide-react';
import type { FormEvent } from 'react';
import { fieldError } from '../../api/problem.ts';
import { useText } from '../../i18n/use-text.ts';
import { Button, NumberField, Select, Switch, TextField } from '../../ui/index.ts';
import type { Constraints, Order } from './request.ts';

/** Molecules of one order: as many as one looks at. */
const most = 50;

/** What is wanted. */
export function OrderForm({
  description,
  count,
  worker,
  constraints,
  isEdited,
  isRunning,
  error,
  onDescription,
  onCount,
  onWorker,
  onConstraints,
  onCreate,
  onStop,
}: Omit<Order, 'wishes'> & {
  /** The chips were edited and go before the description. */
  readonly isEdited: boolean;
  readonly isRunning: boolean;
  readonly error: unknown;
  readonly onDescription: (description: string) => void;
  readonly onCount: (count: number) => void;
  readonly onWorker: (worker: Order['worker']) => void;
  readonly onConstraints: (constraints: Constraints) => void;
  readonly onCreate: () => void;
  readonly onStop: () => void;
}) {
  const { t } = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCreate();
  };
  const set = (change: Partial<Constraints>) => onConstraints({ ...constraints, ...change });
  const wrong = (name: string) => {
    const text = fieldError(error, `/constraints/${name}`);
    return text === undefined ? {} : { error: text };
  };
  const number = (
    name: 'max_molecular_weight' | 'max_log_p' | 'min_match' | 'max_synthetic_accessibility',
    bounds: { readonly min: number; readonly max: number; readonly step: number },
  ) => (
    <NumberField
      label={t(`create.${name}`)}
      value={constraints[name]}
      onChange={(value) => set({ [name]: value })}
      {...bounds}
      {...wrong(name)}
    />
  );
  const ofDescription = fieldError(error, '/description');
  return (
    <form className="card stack order" onSubmit={submit}>
      <TextField
        label={t('create.description')}
        hint={isEdited ? t('create.editedHint') : t('create.descriptionHint')}
        lines={4}
        value={description}
        onChange={onDescription}
        placeholder={t('create.placeholder')}
        maxLength={2000}
        {...(ofDescription === undefined ? {} : { error: ofDescription })}
      />
      <div className="order-row">
        <NumberField
          label={t('create.count')}
          value={count}
          min={1}
          max={most}
          step={1}
          onChange={(value) => onCount(value ?? 8)}
        />
        <Select
          label={t('create.worker')}
          value={worker}
          onChange={onWorker}
          choices={[
            { value: 'optimized', label: t('create.worker_optimized') },
            { value: 'dit', label: t('create.worker_dit') },
            { value: 'baseline', label: t('create.worker_baseline') },
          ]}
        />
      </div>
      {constraints.similar_to && (
        <div className="stack tight">
          <span className="small">{t('create.similarTo')}</span>
          <span className="chip">
            <code className="ellipsis">{constraints.similar_to.smiles}</code>
            <button
              type="button"
              className="chip-x"
              aria-label={t('create.similarEnd')}
              onClick={() => set({ similar_to: undefined })}
            >
              <X aria-hidden size={14} />
            </button>
          </span>
        </div>
      )}
      <Switch isOn={constraints.novel_only ?? false} onChange={(novel_only) => set({ novel_only })}>
        {t('create.novel_only')}
      </Switch>
      <Switch
        isOn={constraints.exclude_allergens ?? false}
        onChange={(exclude_allergens) => set({ exclude_allergens })}
      >
        {t('create.exclude_allergens')}
      </Switch>
      <details className="more">
        <summary>{t('create.constraints')}</summary>
        <div className="order-row">
          {number('max_molecular_weight', { min: 16, max: 2000, step: 10 })}
          {number('max_log_p', { min: -20, max: 20, step: 0.5 })}
          {number('min_match', { min: 0, max: 1, step: 0.05 })}
          {number('max_synthetic_accessibility', { min: 1, max: 10, step: 0.5 })}
        </div>
        <TextField
          label={t('create.scaffold')}
          hint={t('create.scaffoldHint')}
          isMono
          value={constraints.scaffold ?? ''}
          onChange={(scaffold) => set({ scaffold })}
          {...wrong('scaffold')}
        />
      </details>
      {isRunning ? (
        <Button onPress={onStop}>
          <Square aria-hidden size={14} />
          {t('create.stop')}
        </Button>
      ) : (
        <Button type="submit" variant="primary" isDisabled={description.trim() === '' && !isEdited}>
          <Sparkles aria-hidden size={16} />
          {t('create.action')}
        </Button>
      )}
    </form>
  );
}
