import type { PredictionRow, PredictRequest__Output, PredictResponse } from '@sillage/contracts';
import type { RequestContext } from '@sillage/kit';
import type { PredictedRow } from '../serving/prediction.ts';
import type { Predictor } from '../serving/predictor.ts';
import { errorMessage, modelRef, modelRequest, similarMessage, timing } from './messages.ts';

/** Predict: odour notes of up to 256 molecules. */
export async function predict(
  predictor: Predictor,
  request: PredictRequest__Output,
  context: RequestContext,
): Promise<PredictResponse> {
  const started = performance.now();
  const predicted = await predictor.predict(
    {
      smiles: request.smiles,
      topK: request.topK,
      asWritten: request.asWritten,
      isCounted: request.countMolecules,
      include: {
        embedding: request.include.includes('INCLUDE_EMBEDDING'),
        svg: request.include.includes('INCLUDE_SVG'),
        similar: request.include.includes('INCLUDE_SIMILAR') ? request.similarK : undefined,
        attribution: request.include.includes('INCLUDE_ATTRIBUTION') ? request.attributionNote : undefined,
      },
      model: modelRequest(request.model),
    },
    context,
  );
  return {
    model: modelRef(predicted.model),
    rows: predicted.rows.map(rowMessage),
    timing: timing(predicted, started),
  };
}

function rowMessage(row: PredictedRow): PredictionRow {
  if (row.kind === 'bad') return { error: errorMessage(row) };
  const { intensity, pleasantness, odorous, confidence, detectionThreshold, embedding, attribution } = row;
  return {
    prediction: {
      smiles: row.smiles,
      notes: [...row.notes],
      probabilities: [...row.probabilities],
      ...(intensity === undefined ? {} : { intensity }),
      ...(pleasantness === undefined ? {} : { pleasantness }),
      ...(odorous === undefined ? {} : { odorous }),
      ...(confidence === undefined ? {} : { confidence }),
      ...(detectionThreshold === undefined ? {} : { detectionThreshold }),
      ...(embedding === undefined ? {} : { embedding: bytesOf(embedding) }),
      svg: row.svg,
      warnings: [...row.warnings],
      similar: row.similar.map(similarMessage),
      ...(attribution === undefined
        ? {}
        : {
            attribution: {
              note: attribution.note,
              atoms: [...attribution.atoms],
              unitLogOdds: attribution.unitLogOdds,
            },
          }),
    },
  };
}

/** Little-endian float32, whatever the byte order of this machine. */
function bytesOf(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes;
}
