import { useText } from '../../i18n/use-text.ts';
import { Table } from '../../ui/index.ts';
import type { FilePreview } from './preview.ts';

/** The first rows of a file, the column of the molecules marked. */
export function PreviewTable({
  preview,
  chosen,
}: {
  readonly preview: FilePreview;
  readonly chosen: number;
}) {
  const { t } = useText();
  const width = Math.max(preview.columns.length, ...preview.rows.map((row) => row.length));
  const places = Array.from({ length: width }, (_, index) => index);
  const names = places.map(
    (index) => preview.columns[index] || t('batches.columnNumber', { number: index + 1 }),
  );
  return (
    <div className="preview">
      <Table label={t('batches.firstRows')} columns={names.map((name) => ({ name }))}>
        {preview.rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no other name
          <tr key={index}>
            {places.map((place) => (
              <td key={place} data-chosen={place === chosen || undefined} className="mono">
                {row[place] ?? ''}
              </td>
            ))}
          </tr>
        ))}
      </Table>
    </div>
  );
}
