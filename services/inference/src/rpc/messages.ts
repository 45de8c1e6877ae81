import type { ModelRef, ModelRef__Output, Timing } from '@sillage/contracts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';

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
