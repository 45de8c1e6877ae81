import type { PredictionJson, SimilarOdorantJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../i18n/use-text.ts';
import { colourOf } from '../../odour/families.ts';
import { NoteBars } from '../../odour/note-bars.tsx';
import { NotesWheel } from '../../odour/notes-wheel.tsx';
import { drawingsQuery } from '../../odour/queries.ts';
import { Structure } from '../../odour/structure.tsx';
import { Badge, Card, Notice, Segments, Skeleton } from '../../ui/index.ts';

const shownNotes = 12;
const explainedNotes = 6;

/** What one molecule smells of. */
export function Findings({
  model,
  prediction,
  other,
  onExplain,
  onChoose,
}: {
  readonly model: { readonly name: string; readonly version: string };
  readonly prediction: PredictionJson;
  readonly other: PredictionJson | undefined;
  readonly onExplain: (note: string) => void;
  readonly onChoose: (smiles: string) => void;
}) {
  const { t, note: word } = useText();
  const [form, setForm] = useState<'wheel' | 'bars'>('wheel');
  const { notes, warnings = [] } = prediction;
  const top = notes.slice(0, shownNotes);
  const explained = prediction.attribution?.note;
  return (
    <>
      {warnings.map(({ code, detail }) => (
        <Notice key={code} tone="warn">
          <p>{detail}</p>
        </Notice>
      ))}
      <div className="findings">
        <Card title={t('smell.structure')}>
          <div className="stack">
            <Structure svg={prediction.svg} smiles={prediction.smiles} size="large" />
            <div className="stack tight">
              <p className="small soft" id="explain">
                {t('smell.explain')}
              </p>
              <ul className="row tight" aria-labelledby="explain">
                {notes.slice(0, explainedNotes).map(({ note, label }) => (
                  <li key={note}>
                    <button
                      type="button"
                      className="chip legend"
                      aria-pressed={explained === note}
                      onClick={() => onExplain(note)}
                    >
                      <span className="dot" style={{ background: colourOf(note) }} aria-hidden />
                      {label ?? word(note)}
                    </button>
                  </li>
                ))}
              </ul>
              <p className="hint">{t('smell.explainHelp')}</p>
            </div>
            <p className="mono small break">{prediction.smiles}</p>
          </div>
        </Card>
        <Card
          title={t('smell.notes')}
          actions={
            <Segments
              label={t('smell.notesAs')}
              value={form}
              onChange={setForm}
              choices={[
                { value: 'wheel', label: t('smell.wheel') },
                { value: 'bars', label: t('smell.bars') },
              ]}
            />
          }
        >
          <div className="stack">
            {form === 'wheel' ? (
              <NotesWheel
                notes={notes}
                {...(other ? { other: other.notes } : {})}
                label={top.map(({ note, label }) => label ?? word(note)).join(', ')}
              />
            ) : (
              <NoteBars notes={top} />
            )}
            <Measures prediction={prediction} />
            <p className="hint">{t('smell.model', { model: `${model.name} ${model.version}` })}</p>
          </div>
        </Card>
        <Nearest similar={prediction.similar ?? []} onChoose={onChoose} />
      </div>
    </>
  );
}

function Measures({ prediction }: { readonly prediction: PredictionJson }) {
  const { t, number, percent } = useText();
  const { intensity, pleasantness, confidence, odorous } = prediction;
  const outOfTen = (value: number) =>
    `${number(value, { maximumFractionDigits: 1, minimumFractionDigits: 1 })} / 10`;
  const all = [
    { name: t('smell.intensity'), value: intensity, share: (intensity ?? 0) / 10, text: outOfTen },
    { name: t('smell.pleasantness'), value: pleasantness, share: (pleasantness ?? 0) / 10, text: outOfTen },
    { name: t('smell.confidence'), value: confidence, share: confidence ?? 0, text: percent },
    { name: t('smell.odorous'), value: odorous, share: odorous ?? 0, text: percent },
  ];
  return (
    <dl className="measures">
      {all.map(({ name, value, share, text }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span className="measure numeric">{value === undefined ? '–' : text(value)}</span>
            <span className="rail" aria-hidden>
              <span className="fill" style={{ width: `${share * 100}%` }} />
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Nearest({
  similar,
  onChoose,
}: {
  readonly similar: readonly SimilarOdorantJson[];
  readonly onChoose: (smiles: string) => void;
}) {
  const { t, note: word, percent } = useText();
  const drawings = useQuery(drawingsQuery(similar.map(({ smiles }) => smiles)));
  return (
    <Card title={t('smell.nearest')}>
      <ul className="nearest">
        {similar.map((odorant) => (
          <li key={odorant.smiles}>
            <button type="button" className="odorant" onClick={() => onChoose(odorant.smiles)}>
              <Structure svg={drawings.data?.get(odorant.smiles)} smiles={odorant.smiles} size="small" />
              <span className="grow">
                <span className="row tight">
                  <strong className="break">{odorant.name ?? odorant.smiles}</strong>
                  {odorant.same_molecule && <Badge tone="accent">{t('smell.same')}</Badge>}
                </span>
                <span className="small soft break">
                  {odorant.notes.map(word).join(', ') || t('smell.noNotes')}
                </span>
              </span>
              <span className="small numeric soft">{percent(odorant.similarity)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Holds the place of the findings. */
export function FindingsLoading() {
  const { t } = useText();
  return (
    <div className="findings" role="status" aria-label={t('common.loading')}>
      {[26, 26, 30].map((height, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the three never change
        <section key={index} className="card">
          <Skeleton height={height} />
        </section>
      ))}
    </div>
  );
}
