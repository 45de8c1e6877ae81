import { type ConfidenceLine, odourConfidence } from '@sillage/chem';
import { attributionLimit, maxPredictMolecules, maxSimilar } from '@sillage/contracts';
import { AppError, invalidField, type RequestContext } from '@sillage/kit';
import { z } from 'zod';
import type { RowCache } from '../cache/open-cache.ts';
import { topNotes } from '../domain/prediction/notes.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRepository, ModelRequest } from '../repository/repository.ts';
import type { DescribedMolecule, DescribedRow } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { explained } from './attribution.ts';
import { chunksOf } from './chunks.ts';
import { Describer } from './describer.ts';
import { ownRow, type RowOutputs } from './engines.ts';
import { noIndex, type OdorantIndex } from './odorant-index.ts';
import type { Permits } from './permits.ts';
import {
  failedRow,
  type OdourEngine,
  type Predicted,
  type PredictedRow,
  type PredictInput,
  rowError,
} from './prediction.ts';

/** Notes of a request that does not say how many. */
export const defaultTopK = 5;
const defaultSimilar = 5;
/** Molecules of one task: enough to be worth a message, few enough that a thread is soon free for others. */
const chunkSize = 64;
/** Molecules of small requests that are read in one task: enough to fill a batch. */
const joinedSize = 32;
/** Molecules that are explained one after another; with four such chunks at work the batches are well filled. */
const attributionChunkSize = 8;

/** `parameters` in the manifest of an odour-notes model, the part this server reads. */
export const odourParametersSchema = z.object({
  confidence: z.object({ intercept: z.number(), slope: z.number() }).optional(),
});

export interface OdourModel {
  readonly engine: OdourEngine;
  /** Under which its rows are cached: see `modelIdentity`. */
  readonly identity: string;
  readonly parameters: z.infer<typeof odourParametersSchema>;
  /** Absent where the model was made without one. */
  readonly index?: OdorantIndex | undefined;
}
export type OdourModels = ReadonlyMap<string, OdourModel>;

export interface PredictorOptions {
  readonly repository: ModelRepository;
  readonly pool: ThreadPool;
  /** Tasks for the threads at the same time. */
  readonly runners: number;
  readonly models: OdourModels;
  readonly permits: Permits;
  readonly cache: RowCache;
}

/** Answers what molecules smell of: chemistry in the threads, odour models behind their queues. */
export class Predictor {
  readonly #options: PredictorOptions;
  readonly #describer: Describer;

  constructor(options: PredictorOptions) {
    this.#options = options;
    const { pool, runners } = options;
    this.#describer = new Describer({ pool, runners, maxMolecules: joinedSize });
  }

  /** Bad molecules fail their own row. Throws AppError for what is wrong with the request as a whole. */
  async predict(input: PredictInput, context: RequestContext): Promise<Predicted> {
    const model = this.#options.repository.resolve('odour-notes', input.model);
    const { smiles } = input;
    if (smiles.length < 1 || smiles.length > maxPredictMolecules) {
      throw invalidField('/smiles', `send 1 to ${maxPredictMolecules} molecules, not ${smiles.length}`);
    }
    this.#check(model, input);
    const release = this.#options.permits.take(smiles.length);
    const parts = chunksOf(
      smiles,
      input.include.attribution === undefined ? chunkSize : attributionChunkSize,
    );
    // When one part of a request fails as a whole, nobody waits for the others any more. A request of one part, which
    // most are, needs no signal of its own: to join two is dear.
    const failed = parts.length > 1 ? new AbortController() : undefined;
    const shared = failed
      ? { ...context, signal: AbortSignal.any([context.signal, failed.signal]) }
      : context;
    try {
      const chunks = await Promise.all(parts.map((part) => this.#predictChunk(model, part, input, shared)));
      const rows = chunks.flatMap((chunk) => chunk.rows);
      failWhenNothingWorked(rows);
      return {
        model,
        rows,
        queueMs: Math.max(...chunks.map((chunk) => chunk.queueMs)),
        inferenceMs: Math.max(...chunks.map((chunk) => chunk.inferenceMs)),
      };
    } catch (error) {
      failed?.abort(error);
      throw error;
    } finally {
      release();
    }
  }

  /** The model that answers such a request, with its index of known odorants. Throws not_found where there is none. */
  indexOf(asked: ModelRequest): { model: ModelVersion; index: OdorantIndex } {
    const model = this.#options.repository.resolve('odour-notes', asked);
    const { index } = this.#engineOf(model);
    if (index === undefined) {
      const detail = `the model ${modelKey(model)} has no index of known odorants`;
      throw new AppError('not_found', detail, { errors: [{ pointer: '/model', detail }] });
    }
    return { model, index };
  }

  /** The model that answers such a request. */
  resolve(asked: ModelRequest): ModelVersion {
    return this.#options.repository.resolve('odour-notes', asked);
  }

  #engineOf(model: ModelVersion): OdourModel {
    const odour = this.#options.models.get(modelKey(model));
    if (odour === undefined) throw new Error(`no engine for ${modelKey(model)}`);
    return odour;
  }

  #check(model: ModelVersion, { smiles, topK, include }: PredictInput): void {
    const { labels } = model.manifest;
    if (topK > labels.length) {
      throw invalidField('/top_k', `must be from 1 to ${labels.length}, the number of odour notes`);
    }
    if (include.similar !== undefined) {
      if (include.similar > maxSimilar) throw invalidField('/similar_k', `must be from 1 to ${maxSimilar}`);
      if (this.#engineOf(model).index === undefined) throw noIndex(model);
    }
    if (include.attribution === undefined) return;
    const limit = attributionLimit(smiles.length);
    if (limit) throw invalidField('/include', limit);
    if (include.attribution !== '' && !labels.includes(include.attribution)) {
      throw invalidField(
        '/attribution_note',
        `“${include.attribution}” is none of the ${labels.length} notes of ${modelKey(model)}`,
      );
    }
  }

  async #predictChunk(
    model: ModelVersion,
    smiles: readonly string[],
    input: PredictInput,
    { deadlineMs, signal }: RequestContext,
  ): Promise<Omit<Predicted, 'model'>> {
    const key = modelKey(model);
    const odour = this.#engineOf(model);
    const { include } = input;
    const isExplained = include.attribution !== undefined;
    // Drawings and neighbours need what RDKit says.
    const needsRdkit = isExplained || include.svg === true || include.similar !== undefined;
    const asWritten = input.asWritten === true && !needsRdkit;
    const { rows: described, waitedMs } = await this.#describer.read(
      {
        model: key,
        smiles,
        // With an attribution the structure is drawn later, in its colours.
        svg: include.svg === true && !isExplained,
        asWritten,
      },
      signal,
    );
    signal.throwIfAborted();

    const outputs = new Map<DescribedRow, RowOutputs | AppError>();
    const readable = described.filter((row) => row.kind === 'ok');
    let queueMs = 0;
    let inferenceMs = 0;
    const run = async (rows: readonly DescribedMolecule[]): Promise<PromiseSettledResult<RowOutputs>[]> => {
      const items = rows.map(({ features }) => ({ item: features, cost: features.atomCount }));
      const results = await Promise.allSettled(odour.engine.pushAll(items, { deadlineMs, signal }));
      return results.map((result) => {
        if (result.status === 'rejected') return result;
        queueMs = Math.max(queueMs, result.value.queueMs);
        inferenceMs = Math.max(inferenceMs, result.value.inferenceMs);
        const { value } = result.value;
        return { status: 'fulfilled', value: asWritten ? value : ownRow(value) };
      });
    };
    // A spelling is no name to remember a molecule by, and where canonicalisation is too dear so is remembering.
    const results = asWritten
      ? await run(readable)
      : await this.#options.cache.resolve(
          readable.map((row) => ({ key: { model: odour.identity, molecule: row.flat }, item: row })),
          run,
          signal,
          { isCounted: input.isCounted === true },
        );
    for (const [index, row] of readable.entries()) {
      const result = results[index];
      outputs.set(row, result?.status === 'fulfilled' ? result.value : rowError(result?.reason));
    }
    const { confidence } = odour.parameters;
    const presented = described.map((row) =>
      row.kind === 'bad' ? row : present(row, outputs.get(row), model.manifest.labels, confidence, input),
    );
    let rows: readonly PredictedRow[] = presented;
    if (include.similar !== undefined && odour.index !== undefined) {
      const embeddings = described.map((row) =>
        embeddingOf(row.kind === 'ok' ? outputs.get(row) : undefined),
      );
      rows = await withSimilar(odour.index, rows, embeddings, include.similar || defaultSimilar, signal);
    }
    if (include.attribution !== undefined) {
      const parts = { pool: this.#options.pool, engine: odour.engine, model: key };
      const { labels } = model.manifest;
      rows = await explained(
        parts,
        { rows, smiles, labels, note: include.attribution },
        { deadlineMs, signal },
      );
    }
    return { rows, queueMs: waitedMs + queueMs, inferenceMs };
  }
}

/** The rows, each with its neighbours. */
async function withSimilar(
  index: OdorantIndex,
  rows: readonly PredictedRow[],
  embeddings: readonly (Float32Array | undefined)[],
  count: number,
  signal: AbortSignal,
): Promise<readonly PredictedRow[]> {
  const asked = rows.flatMap((row, place) => {
    const embedding = embeddings[place];
    return row.kind === 'ok' && embedding ? [{ row, flat: row.flat, embedding }] : [];
  });
  const found = await index.similar(asked, count, signal);
  const similarOf = new Map<PredictedRow, (typeof found)[number]>();
  for (const [place, { row }] of asked.entries()) similarOf.set(row, found[place] ?? []);
  return rows.map((row) => (row.kind === 'ok' ? { ...row, similar: similarOf.get(row) ?? [] } : row));
}

function embeddingOf(outputs: RowOutputs | AppError | undefined): Float32Array | undefined {
  return outputs === undefined || outputs instanceof AppError ? undefined : outputs['embedding'];
}

function failWhenNothingWorked(rows: readonly PredictedRow[]): void {
  const isFailed = (row: PredictedRow) => row.kind === 'bad' && row.code === 'model_failed';
  if (!rows.every(isFailed)) return;
  throw new AppError('model_failed', 'the model failed on every molecule of this request');
}

function present(
  row: DescribedMolecule,
  outputs: RowOutputs | AppError | undefined,
  labels: readonly string[],
  confidence: ConfidenceLine | undefined,
  { topK, include }: PredictInput,
): PredictedRow {
  if (outputs === undefined || outputs instanceof AppError) return failedRow;
  const probabilities = outputs['probabilities'] ?? new Float32Array();
  const count = topK === 0 ? defaultTopK : topK;
  const { notes, probabilities: ranked } = topNotes(probabilities, labels, count);
  return {
    kind: 'ok',
    smiles: row.canonical,
    flat: row.flat,
    notes,
    probabilities: ranked,
    intensity: outputs['intensity']?.[0],
    pleasantness: outputs['pleasantness']?.[0],
    odorous: outputs['odorous']?.[0],
    confidence: confidence && odourConfidence(probabilities, row.features.knownFraction, confidence),
    detectionThreshold: outputs['detection_threshold']?.[0],
    embedding: include.embedding ? outputs['embedding'] : undefined,
    allProbabilities: probabilities,
    similar: [],
    attribution: undefined,
    svg: row.svg,
    warnings: row.warnings,
  };
}
