import type { JobJson } from '@sillage/contracts';
import { useText } from '../../i18n/use-text.ts';
import { Badge, Notice } from '../../ui/index.ts';

/** What the server recognised in the file, and the lines that hold no molecule. */
export function InputReport({ report }: { readonly report: NonNullable<JobJson['input_report']> }) {
  const { t, number } = useText();
  const { delimiter, column, encoding, rows, rejected, problems } = report;
  const names = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
  const name = Object.entries(names).find(([sign]) => sign === delimiter)?.[1];
  return (
    <div className="stack tight">
      <h3>{t('batches.fileRead')}</h3>
      <div className="row tight">
        <Badge>{t('batches.rows', { count: number(rows) })}</Badge>
        <Badge>{encoding}</Badge>
        {name && <Badge>{t(`batches.delimiter_${name}`)}</Badge>}
        {column !== undefined && <Badge>{t('batches.readColumn', { column })}</Badge>}
      </div>
      {rejected > 0 && (
        <Notice tone="warn" title={t('batches.rejected', { count: number(rejected) })}>
          <ul className="problem-lines">
            {problems.map(({ line, detail }) => (
              <li key={line}>
                <span className="numeric soft">{t('batches.line', { line: number(line) })}</span>
                <span>{detail}</span>
              </li>
            ))}
          </ul>
          {rejected > problems.length && <p className="hint">{t('batches.rejectedMore')}</p>}
        </Notice>
      )}
    </div>
  );
}
