import {
  type GenerateRequest,
  type GenerateResponse__Output,
  inferenceService,
  type PredictRequest,
  type PredictResponse__Output,
} from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';
import type { Generator } from '../domain/generate-chunk.ts';
import type { Predictor } from '../domain/predict-chunk.ts';

/** A full batch of long molecules on one busy core. */
const predictTimeoutMs = 60_000;
/** A hundred molecules under narrow constraints. */
const generateTimeoutMs = 180_000;

/** The inference service as the handlers need it. */
export class InferenceClient implements Predictor, Generator {
  readonly #client: GrpcClient<typeof inferenceService>;

  constructor(target: string) {
    this.#client = new GrpcClient({
      definition: inferenceService,
      target,
      peer: 'inference',
      timeoutMs: predictTimeoutMs,
    });
  }

  predict(request: PredictRequest, signal: AbortSignal): Promise<PredictResponse__Output> {
    return this.#client.unary('Predict', request, { signal });
  }

  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<GenerateResponse__Output> {
    return this.#client.stream('Generate', request, { signal, timeoutMs: generateTimeoutMs });
  }

  /** Resolves when a connection stands. */
  async check(): Promise<void> {
    await this.#client.waitForReady(1000);
  }

  close(): void {
    this.#client.close();
  }
}
