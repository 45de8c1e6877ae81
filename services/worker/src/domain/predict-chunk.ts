import {
  type PredictRequest,
  type PredictResponse__Output,
  presentPredictionRow,
  requestedModel,
  smilesLengthError,
} from '@sillage/contracts';
import type { InputRow, PredictJobSettings, ResultRow } from '@sillage/jobs';
import { internalError } from '@sillage/kit';
import type { ChunkHandler } from './handler.ts';

export interface Predictor {
  predict(request: PredictRequest, signal: AbortSignal): Promise<PredictResponse__Output>;
}

/**
 * Odour notes of one chunk of molecules: one Predict call, one row per molecule in the order of the job. Where the
 * chunk ran before, only the rows that failed are asked again and the others stay as they are.
 */
export function predictChunk(predictor: Predictor): ChunkHandler {
  return async ({ claim, input, previous, finish, signal }) => {
    if (claim.job.kind !== 'predict') throw new TypeError('not a predict job');
    const settings = claim.job.input;
    const [molecules, before] = await Promise.all([input(), previous()]);
    const rows = molecules.map((row, place) => plan(row, claim.firstRow + place, before?.[place]));
    const asked = rows.flatMap((row) => (typeof row === 'string' ? row : []));
    const response = asked.length === 0 ? undefined : await call(predictor, asked, settings, signal);
    const answers = response?.rows.values();
    const results = rows.map((row, place): ResultRow => {
      if (typeof row !== 'string') return row;
      const answer = answers?.next().value;
      if (!answer) throw new TypeError('inference answered with fewer rows than it was asked for');
      const line = { index: claim.firstRow + place, ...presentPredictionRow(row, answer) };
      return { line: JSON.stringify(line), isFailed: 'error' in line };
    });
    const { model } = response ?? {};
    const summary = model ? { model: { name: model.name, version: model.version } } : {};
    const outcome = await finish({ rows: results, summary });
    return { rows: results.length, outcome: outcome.kind };
  };
}

/** The SMILES to ask the model about, or the row as it is known without it. */
function plan(row: InputRow, index: number, before: string | undefined): string | ResultRow {
  if (before !== undefined && !('error' in JSON.parse(before))) return { line: before };
  const { smiles, line, fault } = row;
  if (fault !== undefined) {
    const error = { code: 'invalid_input', detail: `line ${line}: ${fault}` };
    return { line: JSON.stringify({ index, input: smiles, error }), isFailed: true };
  }
  const error = smilesLengthError(smiles);
  return error ? { line: JSON.stringify({ index, input: smiles, error }), isFailed: true } : smiles;
}

async function call(
  predictor: Predictor,
  smiles: readonly string[],
  input: PredictJobSettings,
  signal: AbortSignal,
): Promise<PredictResponse__Output> {
  const response = await predictor.predict(
    {
      smiles: [...smiles],
      topK: input.top_k,
      ...(input.model ? { model: requestedModel(input.model) } : {}),
    },
    signal,
  );
  if (response.rows.length === smiles.length) return response;
  throw internalError(`inference answered ${response.rows.length} rows for ${smiles.length} molecules`);
}
