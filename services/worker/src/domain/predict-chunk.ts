import {
  type PredictRequest,
  type PredictResponse__Output,
  presentPredictionRow,
  requestedModel,
  smilesLengthError,
} from '@sillage/contracts';
import type { PredictJobSettings, ResultRow } from '@sillage/jobs';
import { internalError } from '@sillage/kit';
import type { ChunkHandler } from './handler.ts';

export interface Predictor {
  predict(request: PredictRequest, signal: AbortSignal): Promise<PredictResponse__Output>;
}

/** Odour notes of one chunk of molecules: one Predict call, one row per molecule in the order of the job. */
export function predictChunk(predictor: Predictor): ChunkHandler {
  return async ({ claim, finish, signal }) => {
    if (claim.job.kind !== 'predict') throw new TypeError('not a predict job');
    const input = claim.job.input;
    const usable = claim.smiles.filter((smiles) => smilesLengthError(smiles) === undefined);
    const response = usable.length === 0 ? undefined : await call(predictor, usable, input, signal);
    const answers = response?.rows.values();
    const rows = claim.smiles.map((smiles, place): ResultRow => {
      const index = claim.firstRow + place;
      const error = smilesLengthError(smiles);
      if (error) return { line: JSON.stringify({ index, input: smiles, error }), isFailed: true };
      const answer = answers?.next().value;
      if (!answer) throw new TypeError('inference answered with fewer rows than it was asked for');
      const line = JSON.stringify({ index, ...presentPredictionRow(smiles, answer) });
      return { line, isFailed: answer.error !== undefined && answer.error !== null };
    });
    const { model } = response ?? {};
    const summary = model ? { model: { name: model.name, version: model.version } } : {};
    const outcome = await finish({ rows, summary });
    return { rows: rows.length, outcome: outcome.kind };
  };
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
