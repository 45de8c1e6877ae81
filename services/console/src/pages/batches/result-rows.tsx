import type { JobJson } from '@sillage/contracts';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../i18n/use-text.ts';
import { ProblemNotice, Skeleton, Table } from '../../ui/index.ts';
import { isEnded } from './jobs.ts';
import { firstRows, type ResultRow } from './results.ts';

/** The first rows of what a job has made. */
export function ResultRows({ job }: { readonly job: JobJson }) {
  const { t, note, percent } = useText();
  const { data, error, refetch } = useQuery({
    // The first rows do not change while later ones come; after a retry they may.
    queryKey: ['jobs', 'rows', job.id, isEnded(job) ? job.finished_at : 'running'],
    queryFn: ({ signal }) => firstRows(job.id, signal),
  });
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={8} />;
  if (data.length === 0) return null;
  const notesOf = (row: ResultRow) =>
    (row.notes ?? [])
      .slice(0, 3)
      .map(({ note: name, probability }) => `${note(name)} ${percent(probability)}`)
      .join(' · ');
  return (
    <div className="stack tight">
      <h3>{t('batches.firstResults')}</h3>
      <Table
        label={t('batches.firstResults')}
        columns={[
          { name: '#', isNumeric: true },
          { name: t('batches.molecule') },
          { name: t('batches.notes') },
        ]}
      >
        {data.map((row) => (
          <tr key={row.index}>
            <td data-numeric className="soft">
              {row.line ?? row.index + 1}
            </td>
            <td className="mono break">{row.smiles ?? row.input ?? ''}</td>
            <td>{row.error ? <span className="field-error">{row.error.detail}</span> : notesOf(row)}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
