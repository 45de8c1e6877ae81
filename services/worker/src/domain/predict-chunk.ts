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
  /** All chunks of a job go to one of several versions that serve it. */
  predict(request: PredictRequest, jobId: string, signal: AbortSignal): Promise<PredictResponse__Output>;
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
    const known = molecules.map((row, place) => withoutModel(row, claim.firstRow + place, before?.[place]));
    const asked = molecules.flatMap(({ smiles }, place) => (known[place] ? [] : smiles));
    const response = asked.length === 0 ? undefined : await call(predictor, asked, claim, settings, signal);
    const answers = response?.rows.values();
    const rows = molecules.map((row, place): ResultRow => {
      const result = known[place];
      if (result) return result;
      const answer = answers?.next().value;
      if (!answer) throw new TypeError('inference answered with fewer rows than it was asked for');
      return resultRow(row, claim.firstRow + place, presentPredictionRow(row.smiles, answer));
    });
    const { model } = response ?? {};
    const summary = model ? { model: { name: model.name, version: model.version } } : {};
    const outcome = await finish({ rows, summary });
    return { rows: rows.length, outcome: outcome.kind };
  };
}

/** The row where it is known without a model: from an earlier run, or because it cannot be asked about. */
function withoutModel(row: InputRow, index: number, before: string | undefined): ResultRow | undefined {
  if (before !== undefined && !('error' in JSON.parse(before))) return { line: before };
  const { smiles, fault } = row;
  const error = fault === undefined ? smilesLengthError(smiles) : { code: 'invalid_input', detail: fault };
  return error ? resultRow(row, index, { input: smiles, error }) : undefined;
}

function resultRow({ line }: InputRow, index: number, content: object): ResultRow {
  const row = { index, ...(line === undefined ? {} : { line }), ...content };
  return { line: JSON.stringify(row), isFailed: 'error' in row };
}

async function call(
  predictor: Predictor,
  smiles: readonly string[],
  { jobId }: { readonly jobId: string },
  input: PredictJobSettings,
  signal: AbortSignal,
): Promise<PredictResponse__Output> {
  const response = await predictor.predict(
    {
      smiles: [...smiles],
      topK: input.top_k,
      ...(input.model ? { model: requestedModel(input.model) } : {}),
    },
    jobId,
    signal,
  );
  if (response.rows.length === smiles.length) return response;
  throw internalError(`inference answered ${response.rows.length} rows for ${smiles.length} molecules`);
}
