import './smell.css';
import '../../odour/odour.css';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Flower2 } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/session.ts';
import { useText } from '../../i18n/use-text.ts';
import { smellQuery } from '../../odour/queries.ts';
import { EmptyState, Notice, PageHead } from '../../ui/index.ts';
import { Comparison } from './comparison.tsx';
import { Findings, FindingsLoading } from './findings.tsx';
import { MoleculeField } from './molecule-field.tsx';
import { OdourMap } from './odour-map.tsx';

/** Molecules that many noses know. */
const examples = [
  { name: 'vanillin', smiles: 'COc1cc(C=O)ccc1O' },
  { name: 'limonene', smiles: 'CC1=CCC(CC1)C(=C)C' },
  { name: 'linalool', smiles: 'CC(C)=CCCC(C)(O)C=C' },
  { name: 'isoamyl acetate', smiles: 'CC(=O)OCCC(C)C' },
  { name: 'dimethyl disulfide', smiles: 'CSSC' },
] as const;

/** What does this molecule smell of? The molecules are in the address, so that a finding can be sent on. */
export default function Page() {
  const { t } = useText();
  const search = useSearch({ strict: false }) as { readonly smiles?: string; readonly with?: string };
  const navigate = useNavigate();
  const [smiles, other] = [search.smiles ?? '', search.with ?? ''];
  const mayResearch = useMay('research');
  const [note, setNote] = useState<{ readonly of: string; readonly note: string }>();
  const explained = note?.of === smiles ? note.note : undefined;
  const finding = useQuery({
    ...smellQuery(smiles, explained),
    enabled: smiles !== '',
    // Another note is another attribution; all else stays while it comes.
    placeholderData: (last) => (last?.prediction.input === smiles ? last : undefined),
  });
  const beside = useQuery({ ...smellQuery(other), enabled: other !== '' });
  const go = (next: { readonly smiles: string; readonly with: string }) =>
    void navigate({
      to: '/smell',
      search: { ...(next.smiles ? { smiles: next.smiles } : {}), ...(next.with ? { with: next.with } : {}) },
    });
  return (
    <>
      <PageHead title={t('smell.title')} lead={t('smell.lead')} />
      <div className="stack smell">
        <section className="card">
          <MoleculeField
            label={t('smell.molecule')}
            value={smiles}
            error={finding.error}
            action={t('smell.action')}
            onSubmit={(next) => go({ smiles: next, with: other })}
          />
          <div className="row tight examples">
            <span className="small soft">{t('smell.examples')}</span>
            {examples.map((example) => (
              <button
                key={example.name}
                type="button"
                className="chip legend"
                onClick={() => go({ smiles: example.smiles, with: other })}
              >
                {example.name}
              </button>
            ))}
          </div>
        </section>
        {smiles === '' && (
          <section className="card">
            <EmptyState icon={Flower2} title={t('smell.empty')}>
              <p>{t('smell.emptyHelp')}</p>
            </EmptyState>
          </section>
        )}
        {smiles !== '' && finding.isPending && <FindingsLoading />}
        {finding.data && (
          <>
            <Findings
              {...finding.data}
              other={beside.data?.prediction}
              onExplain={(next) => setNote({ of: smiles, note: next })}
              onChoose={(next) => go({ smiles: next, with: other })}
            />
            <Comparison
              prediction={finding.data.prediction}
              other={beside.data?.prediction}
              value={other}
              error={beside.error}
              isBusy={beside.isFetching}
              onCompare={(next) => go({ smiles, with: next })}
            />
          </>
        )}
        {mayResearch ? (
          <OdourMap
            smiles={[smiles, other].filter(
              (one, index) => one !== '' && (index === 0 ? finding.data : beside.data) !== undefined,
            )}
            onChoose={(next) => go({ smiles: next, with: other })}
          />
        ) : (
          <Notice>
            <p>{t('smell.mapNeedsScope')}</p>
          </Notice>
        )}
      </div>
    </>
  );
}
