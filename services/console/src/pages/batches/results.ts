import { ask } from '../../api/client.ts';

/** A row of results, as far as a preview shows it. */
export interface ResultRow {
  readonly index: number;
  readonly line?: number;
  readonly input?: string;
  readonly smiles?: string;
  readonly primary_notes?: readonly string[];
  readonly notes?: readonly { readonly note: string; readonly probability: number }[];
  readonly error?: { readonly detail: string };
  readonly match?: number;
}

/** Read of the results for a preview. */
const previewBytes = 24_000;
const previewRows = 8;

/** The first rows of a job's results, read with a range so that a large file costs no more than its beginning. */
export async function firstRows(id: string, signal: AbortSignal): Promise<readonly ResultRow[]> {
  const response = await ask(`/api/v1/jobs/${id}/results`, {
    headers: { Range: `bytes=0-${previewBytes - 1}` },
    signal,
  });
  return rowsIn(await response.text());
}

/** The whole lines of NDJSON that may be cut off anywhere. */
export function rowsIn(text: string): readonly ResultRow[] {
  const lines = text.split('\n');
  lines.pop();
  return lines
    .filter((line) => line !== '')
    .slice(0, previewRows)
    .map((line) => JSON.parse(line) as ResultRow);
}
