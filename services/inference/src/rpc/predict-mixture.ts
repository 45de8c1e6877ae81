import type { PredictMixtureRequest__Output, PredictMixtureResponse } from '@sillage/contracts';
import type { RequestContext } from '@sillage/kit';
import { predictMixture as predict } from '../serving/mixtures.ts';
import type { Predictor } from '../serving/predictor.ts';
import { modelRef, modelRequest, timing } from './messages.ts';

/** PredictMixture: the smell of a blend of 2 to 50 components. */
export async function predictMixture(
  predictor: Predictor,
  request: PredictMixtureRequest__Output,
  context: RequestContext,
): Promise<PredictMixtureResponse> {
  const started = performance.now();
  const { components, topK } = request;
  const mixture = await predict(predictor, { components, topK, model: modelRequest(request.model) }, context);
  const { intensity, pleasantness, method } = mixture;
  return {
    model: modelRef(mixture.model),
    notes: [...mixture.notes.notes],
    probabilities: [...mixture.notes.probabilities],
    ...(intensity === undefined ? {} : { intensity }),
    ...(pleasantness === undefined ? {} : { pleasantness }),
    components: mixture.components.map(({ alone, part }) => ({
      smiles: alone.smiles,
      proportion: part.proportion,
      ...(part.intensity === undefined ? {} : { intensity: part.intensity }),
      share: part.share,
      masked: part.isMasked,
      notes: [...alone.notes],
      probabilities: [...alone.probabilities],
      warnings: [...alone.warnings],
    })),
    method: { name: method.name, ...(method.exponent === undefined ? {} : { exponent: method.exponent }) },
    timing: timing(mixture, started),
  };
}
