import { type ConfidenceLine, odourConfidence } from '@sillage/chem';
import { maxPredictMolecules } from '@sillage/contracts';
import { AppError, HitRate, invalidField, type RequestContext } from '@sillage/kit';
import { z } from 'zod';
import { topNotes } from '../domain/prediction/notes.ts';
import type { BatchQueue } from '../engine/batch-queue.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRepository, ModelRequest } from '../repository/repository.ts';
import type { DescribedMolecule, DescribedRow, RefusedMolecule } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import type { RowOutputs } from './engines.ts';
import { Lru } from './lru.ts';
import type { Permits } from './permits.ts';

const defaultTopK = 5;
/** Molecules of one task: enough to be worth a message, few enough that a thread is soon free for others. */
const chunkSize = 32;

/** `parameters` in the manifest of an odour-notes model, the part this server reads. */
export const odourParametersSchema = z.object({
  confidence: z.object({ intercept: z.number(), slope: z.number() }).optional(),
});

export interface OdourModel {
  readonly engine: BatchQueue<DescribedMolecule['features'], RowOutputs>;
  readonly parameters: z.infer<typeof odourParametersSchema>;
}
export type OdourModels = ReadonlyMap<string, OdourModel>;

export interface PredictorOptions {
  readonly repository: ModelRepository;
  readonly pool: ThreadPool;
  readonly models: OdourModels;
  readonly permits: Permits;
  readonly cacheEntries: number;
}

export interface PredictInput {
  readonly smiles: readonly string[];
  /** 0: five. */
  readonly topK: number;
  readonly withEmbedding: boolean;
  readonly withSvg: boolean;
  readonly model: ModelRequest;
}

export interface PredictedMolecule {
  readonly kind: 'ok';
  readonly smiles: string;
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
  readonly intensity: number | undefined;
  readonly pleasantness: number | undefined;
  readonly odorous: number | undefined;
  readonly confidence: number | undefined;
  readonly embedding: Float32Array | undefined;
  readonly svg: string;
  readonly warnings: DescribedMolecule['warnings'];
}

export interface Predicted {
  readonly model: ModelVersion;
  readonly rows: readonly (PredictedMolecule | RefusedMolecule)[];
  /** Of the row that waited longest, milliseconds. */
  readonly queueMs: number;
  /** Of the slowest batch that held a row, milliseconds. */
  readonly inferenceMs: number;
}

/** Answers what molecules smell of: chemistry in the threads, odour models behind their queues. */
export class Predictor {
  readonly hitRate = new HitRate();
  readonly #options: PredictorOptions;
  readonly #cache: Lru<RowOutputs>;

  constructor(options: PredictorOptions) {
    this.#options = options;
    this.#cache = new Lru(options.cacheEntries);
  }

  /** Bad molecules fail their own row. Throws AppError for what is wrong with the request as a whole. */
  async predict(input: PredictInput, context: RequestContext): Promise<Predicted> {
    const model = this.#options.repository.resolve('odour-notes', input.model);
    const { labels } = model.manifest;
    const { smiles, topK } = input;
    if (smiles.length < 1 || smiles.length > maxPredictMolecules) {
      throw invalidField('/smiles', `send 1 to ${maxPredictMolecules} molecules, not ${smiles.length}`);
    }
    if (topK > labels.length) {
      throw invalidField('/top_k', `must be from 1 to ${labels.length}, the number of odour notes`);
    }
    const release = this.#options.permits.take(smiles.length);
    // When one part of a request fails as a whole, nobody waits for the others any more.
    const failed = new AbortController();
    const shared = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
    try {
      const chunks = await Promise.all(
        chunksOf(smiles, chunkSize).map((chunk) => this.#predictChunk(model, chunk, input, shared)),
      );
      const rows = chunks.flatMap((chunk) => chunk.rows);
      failWhenNothingWorked(rows);
      return {
        model,
        rows,
        queueMs: Math.max(...chunks.map((chunk) => chunk.queueMs)),
        inferenceMs: Math.max(...chunks.map((chunk) => chunk.inferenceMs)),
      };
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      release();
    }
  }

  async #predictChunk(
    model: ModelVersion,
    smiles: readonly string[],
    input: PredictInput,
    { deadlineMs, signal }: RequestContext,
  ): Promise<Omit<Predicted, 'model'>> {
    const key = modelKey(model);
    const odour = this.#options.models.get(key);
    if (odour === undefined) throw new Error(`no engine for ${key}`);
    const described = await this.#options.pool.run(
      'describe',
      { model: key, smiles, svg: input.withSvg },
      { signal },
    );
    signal.throwIfAborted();

    const outputs = new Map<DescribedRow, RowOutputs | AppError>();
    const missing: DescribedMolecule[] = [];
    for (const row of described) {
      if (row.kind === 'bad') continue;
      const cached = this.#cache.get(cacheKey(key, row));
      this.hitRate.record(cached !== undefined);
      if (cached === undefined) missing.push(row);
      else outputs.set(row, cached);
    }
    const rows = missing.map(({ features }) => ({ item: features, cost: features.atomCount }));
    const results = await Promise.allSettled(odour.engine.pushAll(rows, { deadlineMs, signal }));
    let queueMs = 0;
    let inferenceMs = 0;
    for (const [index, row] of missing.entries()) {
      const result = results[index];
      if (result?.status === 'fulfilled') {
        outputs.set(row, result.value.value);
        this.#cache.set(cacheKey(key, row), result.value.value);
        queueMs = Math.max(queueMs, result.value.queueMs);
        inferenceMs = Math.max(inferenceMs, result.value.inferenceMs);
      } else outputs.set(row, rowError(result?.reason));
    }
    const { confidence } = odour.parameters;
    return {
      rows: described.map((row) =>
        row.kind === 'bad' ? row : present(row, outputs.get(row), model.manifest.labels, confidence, input),
      ),
      queueMs,
      inferenceMs,
    };
  }
}

function cacheKey(model: string, { flat }: DescribedMolecule): string {
  return `${model} ${flat}`;
}

/** A model that fails on a row fails that row; anything else (deadline, a caller who left) fails the request. */
function rowError(reason: unknown): AppError {
  if (reason instanceof AppError && reason.code === 'model_failed') return reason;
  throw reason;
}

function failWhenNothingWorked(rows: Predicted['rows']): void {
  const isFailed = (row: Predicted['rows'][number]) => row.kind === 'bad' && row.code === 'model_failed';
  if (!rows.every(isFailed)) return;
  throw new AppError('model_failed', 'the model failed on every molecule of this request');
}

function present(
  row: DescribedMolecule,
  outputs: RowOutputs | AppError | undefined,
  labels: readonly string[],
  confidence: ConfidenceLine | undefined,
  { topK, withEmbedding }: PredictInput,
): PredictedMolecule | RefusedMolecule {
  if (outputs === undefined || outputs instanceof AppError) {
    return {
      kind: 'bad',
      code: 'model_failed',
      detail: 'the model failed on this molecule',
      hint: 'this is our fault: the other molecules are not affected',
      position: undefined,
    };
  }
  const probabilities = outputs['probabilities'] ?? new Float32Array();
  const count = topK === 0 ? defaultTopK : topK;
  const { notes, probabilities: ranked } = topNotes(probabilities, labels, count);
  return {
    kind: 'ok',
    smiles: row.canonical,
    notes,
    probabilities: ranked,
    intensity: outputs['intensity']?.[0],
    pleasantness: outputs['pleasantness']?.[0],
    odorous: outputs['odorous']?.[0],
    confidence: confidence && odourConfidence(probabilities, row.features.knownFraction, confidence),
    embedding: withEmbedding ? outputs['embedding'] : undefined,
    svg: row.svg,
    warnings: row.warnings,
  };
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
