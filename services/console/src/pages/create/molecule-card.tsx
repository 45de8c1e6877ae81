import type { MoleculeJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Atom, ShieldAlert, ShieldCheck, Shuffle } from 'lucide-react';
import { useText } from '../../i18n/use-text.ts';
import { colourOf } from '../../odour/families.ts';
import { drawingsQuery } from '../../odour/queries.ts';
import { Structure } from '../../odour/structure.tsx';
import { Badge, Button } from '../../ui/index.ts';

const shownNotes = 5;
/** From which safety score on nothing is said in warning. */
const fine = 0.8;

/** A molecule that was found. */
export function MoleculeCard({
  molecule,
  onMoreLike,
}: {
  readonly molecule: MoleculeJson;
  readonly onMoreLike: (smiles: string) => void;
}) {
  const { t, note: word, percent, number } = useText();
  const { smiles, match, novel, notes, safety, molecular_weight: weight } = molecule;
  const drawing = useQuery(drawingsQuery([smiles]));
  const isFine = safety.score >= fine;
  const Shield = isFine ? ShieldCheck : ShieldAlert;
  return (
    <article className="card molecule" aria-label={smiles}>
      <Structure svg={drawing.data?.get(smiles)} smiles={smiles} />
      <div className="stack tight">
        <p className="match">
          <span className="measure numeric">{percent(match)}</span>
          <span className="small soft">{t('create.match')}</span>
        </p>
        <span className="row tight">
          {novel && <Badge tone="accent">{t('create.novel')}</Badge>}
          <Badge tone={isFine ? 'good' : 'warn'}>
            <Shield aria-hidden size={13} />
            {t('create.safety', { score: percent(safety.score) })}
          </Badge>
        </span>
      </div>
      <ul className="row tight molecule-notes" aria-label={t('smell.notes')}>
        {notes.slice(0, shownNotes).map(({ note, label, probability }) => (
          <li key={note} className="chip">
            <span className="dot" style={{ background: colourOf(note) }} aria-hidden />
            {label ?? word(note)}
            <span className="soft numeric">{percent(probability)}</span>
          </li>
        ))}
      </ul>
      <p className="mono small break soft">{smiles}</p>
      <details className="more">
        <summary>{t('create.details')}</summary>
        <dl className="facts">
          <div>
            <dt>{t('create.weight')}</dt>
            <dd className="numeric">{number(weight, { maximumFractionDigits: 1 })} g/mol</dd>
          </div>
          {molecule.log_p !== undefined && (
            <div>
              <dt>log P</dt>
              <dd className="numeric">{number(molecule.log_p, { maximumFractionDigits: 1 })}</dd>
            </div>
          )}
          {molecule.synthetic_accessibility !== undefined && (
            <div>
              <dt>{t('create.access')}</dt>
              <dd className="numeric">
                {number(molecule.synthetic_accessibility, { maximumFractionDigits: 1 })} / 10
              </dd>
            </div>
          )}
        </dl>
        {safety.flags.length === 0 ? (
          <p className="small soft">{t('create.noFlags')}</p>
        ) : (
          <ul className="stack tight small">
            {safety.flags.map(({ rule, title, severity, source }) => (
              <li key={rule}>
                <Badge tone={severity === 'info' ? 'neutral' : 'warn'}>{severity}</Badge> {title}
                <span className="soft"> · {source}</span>
              </li>
            ))}
          </ul>
        )}
      </details>
      <div className="row tight molecule-actions">
        <Link to="/smell" search={{ smiles }} className="button" data-variant="secondary" data-size="s">
          <Atom aria-hidden size={15} />
          {t('nav.smell')}
        </Link>
        <Button size="s" variant="ghost" onPress={() => onMoreLike(smiles)}>
          <Shuffle aria-hidden size={15} />
          {t('create.moreLike')}
        </Button>
      </div>
    </article>
  );
}
