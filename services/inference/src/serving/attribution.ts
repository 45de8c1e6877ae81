import type { RequestContext } from '@sillage/kit';
import { type Contributions, colourOf, contributions } from '../domain/prediction/occlusion.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import type { OdourEngine } from './predictor.ts';

/** Per-atom contributions to one note, and the structure coloured by them. */
export interface Attribution extends Contributions {
  readonly note: string;
}

/**
 * Hides each atom of a molecule in turn and asks the model again: as many rows as the molecule has atoms, through the
 * same queue as predictions. Undefined for a molecule of one atom, which has no parts.
 */
export async function attribute(
  parts: { readonly pool: ThreadPool; readonly engine: OdourEngine; readonly model: string },
  molecule: {
    readonly smiles: string;
    readonly note: string;
    /** Place of the note among the model's labels. */
    readonly label: number;
    /** Of the whole molecule. */
    readonly probability: number;
  },
  { deadlineMs, signal }: Pick<RequestContext, 'deadlineMs' | 'signal'>,
): Promise<Attribution | undefined> {
  const { smiles, note, label, probability } = molecule;
  const rows = await parts.pool.run('hide-atoms', { model: parts.model, smiles }, { signal });
  if (rows.length === 0) return undefined;
  const items = rows.map((features) => ({ item: features, cost: features.atomCount }));
  const results = await Promise.all(parts.engine.pushAll(items, { deadlineMs, signal }));
  const hidden = results.map(({ value }) => value['probabilities']?.[label] ?? 0);
  return { note, ...contributions(probability, hidden) };
}

/** The drawing of a molecule, its atoms coloured by what they contribute. */
export function drawAttribution(
  pool: ThreadPool,
  smiles: string,
  attribution: Attribution | undefined,
  signal: AbortSignal,
): Promise<string> {
  const colours = attribution?.atoms.map(colourOf) ?? [];
  return pool.run('draw', { smiles, colours }, { signal });
}
