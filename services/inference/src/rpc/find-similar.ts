import type { FindSimilarRequest__Output, FindSimilarResponse, SimilarRow } from '@sillage/contracts';
import { invalidField, type RequestContext } from '@sillage/kit';
import type { Predictor } from '../serving/predictor.ts';
import { findSimilar as find } from '../serving/similar.ts';
import { errorMessage, modelRef, modelRequest, similarMessage, timing } from './messages.ts';

/** FindSimilar: known odorants nearest to up to 64 molecules, or to one place of the embedding. */
export async function findSimilar(
  predictor: Predictor,
  request: FindSimilarRequest__Output,
  context: RequestContext,
): Promise<FindSimilarResponse> {
  const started = performance.now();
  const { filter } = request;
  const found = await find(
    predictor,
    {
      smiles: request.smiles,
      embedding: floatsOf(request.embedding),
      count: request.k,
      filter: filter ?? {},
      model: modelRequest(request.model),
    },
    context,
  );
  return {
    model: modelRef(found.model),
    rows: found.rows.map(
      (row): SimilarRow =>
        row.kind === 'bad'
          ? { error: errorMessage(row) }
          : { smiles: row.smiles, similar: row.similar.map(similarMessage) },
    ),
    timing: timing(found, started),
  };
}

function floatsOf(bytes: Buffer): Float32Array {
  if (bytes.length % 4 !== 0) throw invalidField('/embedding', 'must be float32 values');
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
