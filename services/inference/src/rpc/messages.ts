import type { ModelRef, ModelRef__Output, RowError, SimilarOdorant, Timing } from '@sillage/contracts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { SimilarOdorant as FoundOdorant } from '../serving/odorant-index.ts';
import type { RefusedMolecule } from '../threads/protocol.ts';

export function modelRef({ manifest }: ModelVersion): ModelRef {
  return { name: manifest.name, version: manifest.version };
}

export function modelRequest(ref: ModelRef__Output | null | undefined): ModelRequest {
  return { name: ref?.name ?? '', version: ref?.version ?? '' };
}

/** `startedMs` by performance.now(). */
export function timing(parts: { queueMs: number; inferenceMs: number }, startedMs: number): Timing {
  return {
    queueMs: parts.queueMs,
    inferenceMs: parts.inferenceMs,
    totalMs: performance.now() - startedMs,
  };
}

export function errorMessage({ code, detail, hint, position }: RefusedMolecule): RowError {
  return { code, detail, hint, ...(position === undefined ? {} : { position }) };
}

export function similarMessage(odorant: FoundOdorant): SimilarOdorant {
  return {
    smiles: odorant.smiles,
    name: odorant.name,
    similarity: odorant.similarity,
    notes: [...odorant.notes],
    sources: [...odorant.sources],
    sameMolecule: odorant.isSameMolecule,
  };
}
