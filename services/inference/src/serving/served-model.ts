import type { Metrics, RequestContext } from '@sillage/kit';
import { isDatatype, type RawTensor } from '@sillage/tensors';
import { groupOf, joinRows, splitRows } from '../domain/tensors/batch-tensors.ts';
import { checkInputs, chooseOutputs } from '../domain/tensors/check-inputs.ts';
import { BatchQueue } from '../engine/batch-queue.ts';
import type { Signature } from '../repository/manifest.ts';
import type { TensorOutputs, TensorSession } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { observeBatches } from './engines.ts';
import { ModelStatistics } from './model-statistics.ts';
import { cacheKey, type TensorCache } from './tensor-cache.ts';

/** What a model answers, in its own words. */
export interface ServedModelFacts {
  readonly name: string;
  readonly version: string;
  readonly session: TensorSession;
  readonly signature: Signature;
  /** Most rows of one run; undefined: requests are not run together. */
  readonly maxRows: number | undefined;
  readonly labels: readonly string[];
  readonly isCached: boolean;
  readonly refusesNaN: boolean;
  readonly maxElements: number;
  /** Name of the ONNX file. */
  readonly fileName: string;
}

export interface ServedModelParts {
  readonly pool: ThreadPool;
  readonly metrics: Metrics;
  readonly cache: TensorCache;
  readonly runners: number;
}

interface Item {
  readonly inputs: readonly RawTensor[];
  readonly rows: number;
  readonly outputs: readonly string[];
}

type Answer = Pick<TensorOutputs, 'outputs' | 'inputMs' | 'inferenceMs' | 'outputMs'>;

/** Requests that may wait for one model; the bytes in flight are bounded for all models together. */
const maxWaiting = 4096;

/** One version of one model, ready to run on tensors. */
export class ServedModel {
  readonly facts: ServedModelFacts;
  readonly statistics = new ModelStatistics();
  readonly #parts: ServedModelParts;
  readonly #engine: BatchQueue<Item, Answer>;

  constructor(facts: ServedModelFacts, parts: ServedModelParts) {
    this.facts = facts;
    this.#parts = parts;
    const maxCost = facts.maxRows ?? 1;
    this.#engine = new BatchQueue({
      // A request costs its rows, and nothing is padded: only requests of one shape run together.
      limits: {
        maxRows: maxCost,
        maxCost,
        isUnpadded: true,
        bucketEdges: [],
        startCost: 0,
        maxWaitMs: 50,
      },
      maxQueueCost: maxWaiting * maxCost,
      runners: parts.runners,
      // Whatever the model of another answers is its answer, NaN included.
      isSound: () => true,
      observer: observeBatches(facts.session.key, parts.metrics),
      run: async (items) => {
        const answer = await this.#run(items);
        return { results: answer, inferenceMs: answer[0]?.inferenceMs ?? 0 };
      },
    });
  }

  /** Outputs that can be sent; the others, sequences and maps, stay in the model. */
  get outputs() {
    return this.facts.signature.outputs.filter(({ datatype }) => isDatatype(datatype));
  }

  /**
   * Runs the model. Empty `outputs` asks for all. @throws AppError invalid_input or too_large for wrong tensors,
   * overloaded, deadline, cancelled, model_failed.
   */
  async infer(
    request: { readonly inputs: readonly RawTensor[]; readonly outputs: readonly string[] },
    { deadlineMs, signal }: Pick<RequestContext, 'deadlineMs' | 'signal'>,
  ): Promise<readonly RawTensor[]> {
    const started = performance.now();
    const since = () => performance.now() - started;
    const { facts, statistics } = this;
    try {
      const rows = checkInputs(request.inputs, facts);
      const outputs = chooseOutputs(request.outputs, facts.signature);
      const inputs = inOrder(request.inputs, facts.signature);
      const key = facts.isCached ? cacheKey(facts.session, inputs, outputs) : undefined;
      const known = key === undefined ? undefined : this.#parts.cache.get(key);
      if (known) {
        statistics.answeredFromCache(since());
        return known;
      }
      const lookedUpMs = key === undefined ? undefined : since();
      const { value, queueMs } = await this.#engine.push({ inputs, rows, outputs }, rows, {
        deadlineMs,
        signal,
        group: groupOf(inputs, outputs),
      });
      if (key !== undefined) this.#parts.cache.set(key, value.outputs);
      statistics.answered(rows, { ...value, queueMs, totalMs: since() }, lookedUpMs);
      return value.outputs;
    } catch (error) {
      statistics.failed(since());
      throw error;
    }
  }

  /** Refuses new requests, answers those it has, and closes what the threads have open. */
  async close(): Promise<void> {
    await this.#engine.close();
    if (this.facts.session.file !== undefined) {
      await this.#parts.pool.broadcast('forget-tensors', this.facts.session);
    }
  }

  async #run(items: readonly Item[]): Promise<Answer[]> {
    const inputs = joinRows(items.map((item) => item.inputs));
    const { moved } = await this.#parts.pool.run(
      'tensors',
      { session: this.facts.session, inputs, outputs: items[0]?.outputs ?? [] },
      { priority: 1, transfer: inputs.map(({ bytes }) => bytes.buffer as ArrayBuffer) },
    );
    const rows = items.map((item) => item.rows);
    const split = splitRows(moved.outputs, rows);
    this.statistics.ran(
      rows.reduce((sum, count) => sum + count, 0),
      moved,
    );
    return split.map((outputs) => ({ ...moved, outputs }));
  }
}

/** In the order the model declares them, so that requests which differ in it alone run together. */
function inOrder(inputs: readonly RawTensor[], signature: Signature): readonly RawTensor[] {
  return signature.inputs.flatMap(({ name }) => inputs.find((input) => input.name === name) ?? []);
}
