import type {
  GenerateRequest,
  GenerateResponse__Output,
  PredictRequest,
  PredictResponse__Output,
} from '@sillage/contracts';
import { InferencePools, type InferencePoolsOptions } from '@sillage/inference-client';
import type { Generator } from '../domain/generate-chunk.ts';
import type { Predictor } from '../domain/predict-chunk.ts';

/** A full batch of long molecules on one busy core. */
const predictTimeoutMs = 60_000;
/** A hundred molecules under narrow constraints. */
const generateTimeoutMs = 180_000;

/** The inference service as the handlers need it. */
export class InferenceClient implements Predictor, Generator {
  readonly #pools: InferencePools;

  constructor(options: Omit<InferencePoolsOptions, 'timeoutMs'>) {
    this.#pools = new InferencePools({ ...options, timeoutMs: predictTimeoutMs });
  }

  predict(request: PredictRequest, jobId: string, signal: AbortSignal): Promise<PredictResponse__Output> {
    return this.#pools.unary('Predict', request, { signal, routeKey: jobId });
  }

  generate(
    request: GenerateRequest,
    jobId: string,
    signal: AbortSignal,
  ): AsyncIterable<GenerateResponse__Output> {
    return this.#pools.stream('Generate', request, { signal, routeKey: jobId, timeoutMs: generateTimeoutMs });
  }

  /** Resolves where a pool is there, with how each of several is. */
  check(): Promise<string | undefined> {
    return this.#pools.check();
  }

  close(): void {
    this.#pools.close();
  }
}
