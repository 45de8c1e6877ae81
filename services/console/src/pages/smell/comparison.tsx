import type { PredictionJson } from '@sillage/contracts';
import { X } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import { colourOf } from '../../odour/families.ts';
import { cosine } from '../../odour/queries.ts';
import { Structure } from '../../odour/structure.tsx';
import { Button, Card, Skeleton } from '../../ui/index.ts';
import { contrast } from './contrast.ts';
import { MoleculeField } from './molecule-field.tsx';

/** Two molecules side by side. */
export function Comparison({
  prediction,
  other,
  value,
  error,
  isBusy,
  onCompare,
}: {
  readonly prediction: PredictionJson;
  readonly other: PredictionJson | undefined;
  readonly value: string;
  readonly error: unknown;
  readonly isBusy: boolean;
  readonly onCompare: (smiles: string) => void;
}) {
  const { t } = useText();
  return (
    <Card
      title={t('smell.compare')}
      actions={
        value !== '' && (
          <Button size="s" variant="ghost" onPress={() => onCompare('')}>
            <X aria-hidden size={16} />
            {t('smell.compareEnd')}
          </Button>
        )
      }
    >
      <div className="stack">
        <MoleculeField
          label={t('smell.compareWith')}
          value={value}
          error={error}
          action={t('smell.compareAction')}
          onSubmit={onCompare}
        />
        {other && <Contrast one={prediction} other={other} />}
        {!other && isBusy && <Skeleton height={16} />}
      </div>
    </Card>
  );
}

function Contrast({ one, other }: { readonly one: PredictionJson; readonly other: PredictionJson }) {
  const { t, note: word, percent } = useText();
  const likeness = cosine(one.embedding ?? [], other.embedding ?? []);
  return (
    <>
      <div className="contrast-heads">
        <Structure svg={one.svg} smiles={one.smiles} />
        <p className="likeness">
          <span className="measure numeric">{percent(likeness)}</span>
          <span className="small soft">{t('smell.likeness')}</span>
        </p>
        <Structure svg={other.svg} smiles={other.smiles} />
      </div>
      <div className="table-wrap">
        <table className="contrast">
          <caption className="unseen">{t('smell.compare')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('smell.first')}</th>
              <th scope="col" className="unseen">
                {t('smell.notes')}
              </th>
              <th scope="col">{t('smell.second')}</th>
            </tr>
          </thead>
          <tbody>
            {contrast(one.notes, other.notes).map(({ note, first, second }) => (
              <tr key={note}>
                <td>
                  <span className="contrast-bar" data-side="first">
                    <span className="numeric">{percent(first)}</span>
                    <span className="fill" style={{ width: `${first * 60}%`, background: colourOf(note) }} />
                  </span>
                </td>
                <th scope="row">{word(note)}</th>
                <td>
                  <span className="contrast-bar">
                    <span className="fill" style={{ width: `${second * 60}%`, background: colourOf(note) }} />
                    <span className="numeric">{percent(second)}</span>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
