import './create.css';
import '../../odour/odour.css';
import { useEffect, useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { PageHead } from '../../ui/index.ts';
import { OrderForm } from './order-form.tsx';
import { type Constraints, requestOf, type Wish, wishesOf } from './request.ts';
import { Results } from './results.tsx';
import { Understood } from './understood.tsx';
import { useRun } from './use-run.ts';

const draftName = 'sillage.create';
/** Tanimoto similarity from which on two molecules are alike: the usual bar for Morgan fingerprints is higher. */
const alike = 0.35;

function readDraft(): string {
  try {
    return sessionStorage.getItem(draftName) ?? '';
  } catch {
    return '';
  }
}

/** Which molecule would smell of this? */
export default function Page() {
  const { t } = useText();
  const [description, setDescription] = useState(readDraft);
  const [count, setCount] = useState(8);
  const [worker, setWorker] = useState<'dit' | 'optimized' | 'baseline'>('optimized');
  const [constraints, setConstraints] = useState<Constraints>({});
  const [wishes, setWishes] = useState<readonly Wish[]>();
  const { run, begin, stop } = useRun();
  useEffect(() => {
    try {
      // A reload, or a sign-in elsewhere, finds it again.
      sessionStorage.setItem(draftName, description);
    } catch {
      // Then it holds until the page goes.
    }
  }, [description]);
  const order = { description, wishes, count, worker, constraints };
  const create = (changes: Partial<typeof order> = {}) =>
    void begin(requestOf({ ...order, ...changes }), changes.count ?? count);
  return (
    <>
      <PageHead title={t('create.title')} lead={t('create.lead')} />
      <div className="create">
        <OrderForm
          {...{ description, count, worker, constraints }}
          isEdited={wishes !== undefined}
          isRunning={run.status === 'running'}
          error={run.error}
          onDescription={(next) => {
            setDescription(next);
            setWishes(undefined);
          }}
          onCount={setCount}
          onWorker={setWorker}
          onConstraints={setConstraints}
          onCreate={() => create()}
          onStop={stop}
        />
        <div className="stack">
          {run.started && (
            <Understood
              wishes={wishes ?? wishesOf(run.started.understood)}
              unrecognised={wishes === undefined ? run.started.unrecognised : []}
              isEdited={wishes !== undefined}
              isRunning={run.status === 'running'}
              onChange={setWishes}
              onReset={() => setWishes(undefined)}
              onCreate={() => create()}
            />
          )}
          <Results
            run={run}
            onRetry={() => create()}
            onSuggestion={(suggestion) => {
              setDescription(suggestion);
              setWishes(undefined);
              create({ description: suggestion, wishes: undefined });
            }}
            onMoreLike={(smiles) => {
              const next = { ...constraints, similar_to: { smiles, min: alike } };
              setConstraints(next);
              create({ constraints: next });
            }}
          />
        </div>
      </div>
    </>
  );
}
