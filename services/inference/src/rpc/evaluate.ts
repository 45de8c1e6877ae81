import type { EvaluateRequest__Output, EvaluateResponse, NoteMetrics } from '@sillage/contracts';
import type { RequestContext } from '@sillage/kit';
import type { Agreement } from '../domain/evaluation/metrics.ts';
import { evaluateModel } from '../serving/evaluation.ts';
import type { Predictor } from '../serving/predictor.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { errorMessage, modelRef, modelRequest, timing } from './messages.ts';

/** Evaluate: how well a model agrees with labels of up to 5,000 molecules. */
export async function evaluate(
  serving: { readonly predictor: Predictor; readonly pool: ThreadPool },
  request: EvaluateRequest__Output,
  context: RequestContext,
): Promise<EvaluateResponse> {
  const started = performance.now();
  const { smiles, notes, labels } = request;
  const input = { smiles, notes, labels, model: modelRequest(request.model) };
  const evaluation = await evaluateModel(serving, input, context);
  return {
    model: modelRef(evaluation.model),
    molecules: evaluation.molecules,
    notes: evaluation.notes.map((one) => metricsMessage(one.note, one)),
    pooled: metricsMessage('', evaluation.pooled),
    failed: evaluation.failed.map(({ index, error }) => ({ index, error: errorMessage(error) })),
    timing: timing(evaluation, started),
  };
}

function metricsMessage(note: string, agreement: Agreement): NoteMetrics {
  const { positives, negatives, auroc, averagePrecision, brier, calibrationError, meanProbability } =
    agreement;
  return {
    ...{ note, positives, negatives },
    ...(auroc === undefined ? {} : { auroc }),
    ...(averagePrecision === undefined ? {} : { averagePrecision }),
    ...(brier === undefined ? {} : { brier }),
    ...(calibrationError === undefined ? {} : { calibrationError }),
    ...(meanProbability === undefined ? {} : { meanProbability }),
  };
}
