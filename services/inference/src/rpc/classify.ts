import type { ClassifyRequest__Output, ClassifyResponse } from '@sillage/contracts';
import type { RequestContext } from '@sillage/kit';
import type { Classifier } from '../serving/classifier.ts';
import { modelRef, modelRequest, timing } from './messages.ts';

/** Classify: the substance behind one window of e-nose frames. */
export async function classify(
  classifier: Classifier,
  request: ClassifyRequest__Output,
  context: RequestContext,
): Promise<ClassifyResponse> {
  const started = performance.now();
  const { channels, frames, model } = request;
  const found = await classifier.classify({ channels, frames, model: modelRequest(model) }, context);
  return {
    model: modelRef(found.model),
    substances: [...found.substances],
    probabilities: [...found.probabilities],
    unknownPattern: found.isUnknown,
    notes: [...found.notes],
    timing: timing(found, started),
  };
}
