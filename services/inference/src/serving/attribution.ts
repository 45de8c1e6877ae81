import type { RequestContext } from '@sillage/kit';
import { type Contributions, colourOf, contributions } from '../domain/prediction/occlusion.ts';
import { maxExplainedAtoms } from '../threads/explain.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import {
  failedRow,
  type OdourEngine,
  type PredictedMolecule,
  type PredictedRow,
  rowError,
} from './prediction.ts';

/** Per-atom contributions to one note. */
export interface Attribution extends Contributions {
  readonly note: string;
}

interface Parts {
  readonly pool: ThreadPool;
  readonly engine: OdourEngine;
  /** Key of the model. */
  readonly model: string;
}
type Context = Pick<RequestContext, 'deadlineMs' | 'signal'>;

/**
 * The rows, each with what its atoms contribute and a drawing that shows it. One molecule after another: each is as
 * many rows of the model's queue as it has atoms, and a request must not fill it.
 */
export async function explained(
  parts: Parts,
  asked: {
    readonly rows: readonly PredictedRow[];
    /** As they were sent. */
    readonly smiles: readonly string[];
    readonly labels: readonly string[];
    /** Empty: the first of each row. */
    readonly note: string;
  },
  context: Context,
): Promise<readonly PredictedRow[]> {
  const rows: PredictedRow[] = [];
  for (const [place, row] of asked.rows.entries()) {
    const smiles = asked.smiles[place] ?? '';
    const note = asked.note || (row.kind === 'ok' ? row.notes[0] : undefined) || '';
    const label = asked.labels.indexOf(note);
    rows.push(row.kind === 'ok' ? await explain(parts, row, { smiles, note, label }, context) : row);
  }
  return rows;
}

async function explain(
  { pool, engine, model }: Parts,
  row: PredictedMolecule,
  { smiles, note, label }: { smiles: string; note: string; label: number },
  { deadlineMs, signal }: Context,
): Promise<PredictedRow> {
  try {
    const hidden = await pool.run('hide-atoms', { model, smiles }, { signal });
    const items = hidden.map((features) => ({ item: features, cost: features.atomCount }));
    const results = await Promise.all(engine.pushAll(items, { deadlineMs, signal }));
    const probabilities = results.map(({ value }) => value['probabilities']?.[label] ?? 0);
    const attribution =
      hidden.length > 0
        ? { note, ...contributions(row.allProbabilities[label] ?? 0, probabilities) }
        : undefined;
    const colours = attribution?.atoms.map(colourOf) ?? [];
    const svg = await pool.run('draw', { smiles, colours }, { signal });
    const warnings = attribution ? row.warnings : [...row.warnings, notExplained];
    return { ...row, svg, attribution, warnings };
  } catch (error) {
    rowError(error);
    return failedRow;
  }
}

const notExplained = {
  code: 'no_attribution',
  detail: `the contributions of atoms are told for molecules of 2 to ${maxExplainedAtoms} heavy atoms`,
};
