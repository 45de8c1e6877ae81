import { AppError, type Metrics } from '@sillage/kit';
import type { BatchLimits } from '../engine/batch-policy.ts';
import { type BatchObserver, BatchQueue, type BatchRun } from '../engine/batch-queue.ts';
import { isCountsOnly, type ModelVersion, modelKey } from '../repository/model-version.ts';
import { type PackedFeatures, toColumns } from '../threads/packed-features.ts';
import type { RunOutputs } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';

/** Outputs of one row by name. */
export type RowOutputs = Readonly<Record<string, Float32Array>>;

export interface EngineOptions {
  readonly pool: ThreadPool;
  readonly metrics: Metrics;
  /** Most rows of a batch; the manifest may ask for fewer. */
  readonly maxRows: number;
  readonly maxQueueCost: number;
  /** Batches of one model at the same time. */
  readonly runners: number;
}

/** Atoms: within a bucket padding costs under a third. */
const bucketEdges = [4, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 52, 68, 92, 124, 164, 250];

/** Beyond these a batch of our models gains no more speed on a CPU, and only keeps the next one waiting. */
const cellsPerRow = 16;
const leastCells = 256;

/**
 * By measure, of olfactory-base 3 on one CPU thread: starting a run takes some 0.3 ms, an atom of a row 0.011 ms.
 */
const startCost = 28;

/** How one model batches on this server. */
export function limitsOf(model: ModelVersion, maxRows: number): BatchLimits {
  const { batching } = model.manifest;
  const rows = Math.min(batching.maxRows, maxRows);
  return {
    maxRows: rows,
    maxCost: Math.min(batching.maxCost, Math.max(leastCells, rows * cellsPerRow)),
    ...(isCountsOnly(model) ? { bucketEdges: [], isUnpadded: true } : { bucketEdges }),
    startCost,
    maxWaitMs: 50,
  };
}

/** The queue of an odour model. */
export function odourEngine(
  model: ModelVersion,
  options: EngineOptions,
): BatchQueue<PackedFeatures, RowOutputs> {
  const key = modelKey(model);
  return engine(model, options, limitsOf(model, options.maxRows), (rows) =>
    options.pool.run('odour', { model: key, rows: toColumns(rows) }, { priority: batchPriority }),
  );
}

/** The queue of an e-nose model. All its rows are alike, so the manifest's own limit of cells holds. */
export function enoseEngine(
  model: ModelVersion,
  options: EngineOptions,
): BatchQueue<Float32Array, RowOutputs> {
  const key = modelKey(model);
  const { maxCost } = model.manifest.batching;
  const limits = { ...limitsOf(model, options.maxRows), maxCost, bucketEdges: [] };
  return engine(model, options, limits, (rows) =>
    options.pool.run('enose', { model: key, rows }, { priority: batchPriority }),
  );
}

const batchPriority = 1;

function engine<T>(
  model: ModelVersion,
  options: EngineOptions,
  limits: BatchLimits,
  run: (rows: readonly T[]) => Promise<RunOutputs>,
): BatchQueue<T, RowOutputs> {
  return new BatchQueue({
    limits,
    maxQueueCost: options.maxQueueCost,
    runners: options.runners,
    isSound: (outputs) => Object.values(outputs).every(areFinite),
    isTooLarge: isOutOfMemory,
    observer: observeBatches(modelKey(model), options.metrics),
    run: async (rows) => split(await run(rows)),
  });
}

/** As ONNX Runtime's allocators (CPU and CUDA's arena), CUDA and cuBLAS say it; the thread tells it as the cause. */
export function isOutOfMemory(error: unknown): boolean {
  const text = error instanceof AppError ? (error.internal ?? '') : '';
  return /failed to allocate memory|out of memory|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED|bad_alloc/i.test(
    text,
  );
}

function areFinite(values: Float32Array): boolean {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
}

/** Outputs row by row, as views on those of the batch: whoever keeps a row keeps its {@link ownRow}. */
function split({ rows, outputs, inferenceMs }: RunOutputs): BatchRun<RowOutputs> {
  const entries = Object.entries(outputs);
  const results: RowOutputs[] = [];
  for (let row = 0; row < rows; row++) {
    const result: Record<string, Float32Array> = {};
    for (const [name, values] of entries) {
      const width = values.length / rows;
      result[name] = values.subarray(row * width, (row + 1) * width);
    }
    results.push(result);
  }
  return { results, inferenceMs };
}

/** Counts what a queue does, under the name of its model. */
export function observeBatches(model: string, metrics: Metrics): BatchObserver {
  const depth = metrics.gauge('olfactory_queue_depth');
  const size = metrics.histogram('olfactory_batch_size');
  const duration = metrics.histogram('olfactory_inference_duration_seconds');
  const wait = metrics.histogram('olfactory_batch_wait_seconds');
  const dropped = metrics.counter('olfactory_batch_dropped_total');
  depth.set({ queue: model }, 0);
  for (const reason of ['cancelled', 'expired', 'overloaded']) dropped.inc({ model, reason }, 0);
  return {
    depth: (waiting) => depth.set({ queue: model }, waiting),
    ran: ({ rows, inferenceMs, waitsMs }) => {
      size.observe({ model }, rows);
      duration.observe({ model }, inferenceMs / 1000);
      for (const waitMs of waitsMs) wait.observe({ model }, waitMs / 1000);
    },
    dropped: (reason, rows) => dropped.inc({ model, reason }, rows),
  };
}

/** The row in memory of its own: kept in a cache as it is, it would keep its whole batch. */
export function ownRow(row: RowOutputs): RowOutputs {
  const total = Object.values(row).reduce((sum, values) => sum + values.length, 0);
  const memory = new Float32Array(total);
  const own: Record<string, Float32Array> = {};
  let from = 0;
  for (const [name, values] of Object.entries(row)) {
    memory.set(values, from);
    own[name] = memory.subarray(from, from + values.length);
    from += values.length;
  }
  return own;
}
