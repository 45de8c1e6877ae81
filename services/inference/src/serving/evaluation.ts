import { maxPredictMolecules } from '@sillage/contracts';
import { AppError, invalidField, type RequestContext } from '@sillage/kit';
import type { Agreement } from '../domain/evaluation/metrics.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { RefusedMolecule } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { chunksOf } from './chunks.ts';
import type { Predictor } from './predictor.ts';
import { exactly } from './similar.ts';

/** Molecules of one evaluation. */
export const maxEvaluated = 5000;
/** The largest value of a label: not judged. */
const notJudged = 2;

export interface EvaluationInput {
  readonly smiles: readonly string[];
  /** The notes that were judged. */
  readonly notes: readonly string[];
  /** Molecules × notes, row after row: 0 has it not, 1 has it, 2 was not judged. */
  readonly labels: Uint8Array;
  readonly model: ModelRequest;
}

export interface Evaluation {
  readonly model: ModelVersion;
  /** That could be used. */
  readonly molecules: number;
  /** In the order of the request. */
  readonly notes: readonly (Agreement & { readonly note: string })[];
  /** Over all judged pairs of molecule and note. */
  readonly pooled: Agreement;
  readonly failed: readonly { readonly index: number; readonly error: RefusedMolecule }[];
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** Predicts molecules and holds the probabilities against the caller's labels. Bad molecules are left out and told. */
export async function evaluateModel(
  { predictor, pool }: { predictor: Predictor; pool: ThreadPool },
  { smiles, notes, labels, model: asked }: EvaluationInput,
  context: RequestContext,
): Promise<Evaluation> {
  if (smiles.length < 1 || smiles.length > maxEvaluated) {
    throw invalidField('/molecules', `send 1 to ${maxEvaluated} molecules, not ${smiles.length}`);
  }
  if (labels.length !== smiles.length * notes.length || labels.some((label) => label > notJudged)) {
    throw invalidField('/labels', 'must have a value of 0, 1 or 2 for every molecule and note');
  }
  const model = predictor.resolve(asked);
  const columns = columnsOf(model, notes);
  const probabilities = new Float32Array(labels.length);
  // Of a molecule that cannot be used nothing is judged.
  const judged = labels.slice();
  const failed: { index: number; error: RefusedMolecule }[] = [];
  let queueMs = 0;
  let inferenceMs = 0;
  // One chunk after the other: an evaluation must not take the place of those who wait for one molecule.
  for (const [place, chunk] of chunksOf(smiles, maxPredictMolecules).entries()) {
    const predicted = await predictor.predict(
      { smiles: chunk, topK: 1, include: {}, model: exactly(model) },
      context,
    );
    queueMs = Math.max(queueMs, predicted.queueMs);
    inferenceMs += predicted.inferenceMs;
    for (const [within, row] of predicted.rows.entries()) {
      const index = place * maxPredictMolecules + within;
      if (row.kind === 'bad') {
        failed.push({ index, error: row });
        judged.fill(notJudged, index * notes.length, (index + 1) * notes.length);
        continue;
      }
      for (const [at, column] of columns.entries()) {
        probabilities[index * notes.length + at] = row.allProbabilities[column] ?? 0;
      }
    }
  }
  const agreement = await pool.run(
    'agreements',
    { notes: notes.length, probabilities, labels: judged },
    { signal: context.signal },
  );
  return {
    ...{ model, molecules: smiles.length - failed.length, failed, queueMs, inferenceMs },
    notes: agreement.notes.map((one, at) => ({ note: notes[at] ?? '', ...one })),
    pooled: agreement.pooled,
  };
}

/** Place of each note among the model's labels. Throws invalid_input that names those it does not know. */
function columnsOf(model: ModelVersion, notes: readonly string[]): number[] {
  const { labels } = model.manifest;
  const columns = notes.map((note) => labels.indexOf(note));
  const faults = columns.flatMap((column, index) =>
    column < 0
      ? [
          {
            pointer: `/notes/${index}`,
            detail: `“${notes[index]}” is none of the ${labels.length} notes of ${modelKey(model)}`,
          },
        ]
      : [],
  );
  const [first] = faults;
  if (first) throw new AppError('invalid_input', first.detail, { errors: faults });
  if (new Set(columns).size < columns.length) throw invalidField('/notes', 'must not repeat a note');
  return columns;
}
