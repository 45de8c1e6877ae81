import { AppError, internalError, reasonOf } from '@sillage/kit/errors';
import { type BatchLimits, takeBatch, type Waiting } from './batch-policy.ts';

/** What one run of the model gives back. */
export interface BatchRun<R> {
  /** One per row, in the order of the rows. */
  readonly results: readonly R[];
  /** Time the model itself took, milliseconds. */
  readonly inferenceMs: number;
}

/** Told what happens, for metrics. */
export interface BatchObserver {
  depth(waiting: number): void;
  ran(batch: {
    readonly rows: number;
    readonly inferenceMs: number;
    readonly waitsMs: readonly number[];
  }): void;
  /** Batches have at most so many rows from now on: more did not fit the memory. */
  shrunk?(maxRows: number): void;
  dropped(reason: 'cancelled' | 'expired' | 'overloaded', rows: number): void;
}

export interface BatchQueueOptions<T, R> {
  readonly limits: BatchLimits;
  /** Most cells that may wait; beyond it pushes are refused as overloaded. */
  readonly maxQueueCost: number;
  /** Runs at the same time. One more batch is taken early, so that a runner that ends has its next at hand. */
  readonly runners: number;
  readonly run: (items: readonly T[]) => Promise<BatchRun<R>>;
  /** Whether a result is numbers one may use; a NaN is a failure of the model. */
  readonly isSound: (result: R) => boolean;
  /** Whether a run failed because its batch did not fit the memory of its device: smaller ones will do. */
  readonly isTooLarge?: (error: unknown) => boolean;
  readonly observer?: BatchObserver;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface PushOptions {
  /** When the caller stops waiting, milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Rows of a group are batched among themselves; see takeBatch. */
  readonly group?: string;
  readonly signal?: AbortSignal;
}

/** An answer with its own times. */
export interface BatchResult<R> {
  readonly value: R;
  /** From push to the end of the run, less the run itself; milliseconds. */
  readonly queueMs: number;
  readonly inferenceMs: number;
  readonly batchSize: number;
}

interface Entry<T, R> extends Waiting {
  readonly item: T;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: BatchResult<R>) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * The rows that wait for one model. No timer forms the batches: while one runs, arrivals pile up behind it, so an
 * idle server adds no wait and a busy one fills its batches by itself.
 */
export class BatchQueue<T, R> {
  readonly #options: BatchQueueOptions<T, R>;
  readonly #now: () => number;
  #waiting: readonly Entry<T, R>[] = [];
  #waitingCost = 0;
  #inFlight = 0;
  #inFlightCost = 0;
  /** Cells a millisecond, averaged over recent runs; undefined before the first. */
  #speed: number | undefined;
  /** Most rows that fit the memory of the device, as far as is known. */
  #maxRows = Number.POSITIVE_INFINITY;
  #isPumpDue = false;
  #closed: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: BatchQueueOptions<T, R>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** One row; `cost` is its cells. Rejects as pushAll does. */
  async push(item: T, cost: number, options: PushOptions): Promise<BatchResult<R>> {
    const [result] = await Promise.all(this.pushAll([{ item, cost }], options));
    if (result === undefined) throw internalError('a row pushed has no result');
    return result;
  }

  /**
   * All rows or none of them. Throws AppError: too_large when a row exceeds a whole batch, overloaded when they find
   * no room, deadline when they cannot be served in time, unavailable after close. Each promise settles on its own:
   * with the result, or as cancelled, deadline or model_failed.
   */
  pushAll(
    rows: readonly { readonly item: T; readonly cost: number }[],
    { deadlineMs, group, signal }: PushOptions,
  ): Promise<BatchResult<R>>[] {
    const nowMs = this.#now();
    const cost = rows.reduce((sum, row) => sum + row.cost, 0);
    this.#admit(rows, cost, deadlineMs - nowMs);
    const entries: Entry<T, R>[] = [];
    const results = rows.map(
      (row) =>
        new Promise<BatchResult<R>>((resolve, reject) => {
          entries.push({
            ...row,
            pushedMs: nowMs,
            deadlineMs,
            group,
            signal,
            resolve,
            reject,
            get isCancelled() {
              return signal?.aborted ?? false;
            },
          });
        }),
    );
    this.#waiting = [...this.#waiting, ...entries];
    this.#waitingCost += cost;
    this.#pumpSoon();
    return results;
  }

  /** Refuses new rows and resolves when those it has are answered. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#pumpSoon();
    });
    return this.#closed;
  }

  #admit(rows: readonly { readonly cost: number }[], cost: number, remainingMs: number): void {
    const { limits, maxQueueCost, observer } = this.#options;
    if (this.#closed !== undefined)
      throw new AppError('unavailable', 'this server is shutting down', { retryAfterS: 1 });
    const largest = rows.reduce((most, row) => Math.max(most, row.cost), 0);
    if (largest > limits.maxCost || cost > maxQueueCost) {
      const limit = largest > limits.maxCost ? limits.maxCost : maxQueueCost;
      throw new AppError(
        'too_large',
        `this needs ${Math.max(largest, cost)} cells; at most ${limit} are taken`,
      );
    }
    if (this.#waitingCost + cost > maxQueueCost) {
      observer?.dropped('overloaded', rows.length);
      const retryAfterS = Math.max(1, Math.ceil(this.#expectedWaitMs() / 1000));
      throw new AppError('overloaded', 'this server has more work than it can take; try again shortly', {
        retryAfterS,
      });
    }
    if (remainingMs <= 0 || remainingMs < this.#expectedWaitMs()) {
      observer?.dropped('expired', rows.length);
      throw new AppError('deadline', 'this cannot be answered before its deadline: too much waits before it');
    }
  }

  /** Until what waits and runs now is through. */
  #expectedWaitMs(): number {
    return this.#speed === undefined ? 0 : (this.#waitingCost + this.#inFlightCost) / this.#speed;
  }

  /** At the end of the current turn, so that everything pushed in it is seen together. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { runners, observer } = this.#options;
    const { limits: given } = this.#options;
    const limits = this.#maxRows < given.maxRows ? { ...given, maxRows: this.#maxRows } : given;
    while (this.#waiting.length > 0 && this.#inFlight < runners + 1) {
      const taken = takeBatch(this.#waiting, limits, this.#now());
      this.#waiting = taken.rest;
      this.#waitingCost = taken.rest.reduce((sum, entry) => sum + entry.cost, 0);
      this.#drop(taken.cancelled, 'cancelled', 'the caller has gone');
      this.#drop(taken.expired, 'expired', 'the deadline of this request passed while it waited');
      if (taken.batch.length > 0) void this.#runBatch(taken.batch);
    }
    observer?.depth(this.#waiting.length);
    if (this.#waiting.length === 0 && this.#inFlight === 0) this.#onIdle?.();
  }

  #drop(entries: readonly Entry<T, R>[], reason: 'cancelled' | 'expired', text: string): void {
    if (entries.length === 0) return;
    this.#options.observer?.dropped(reason, entries.length);
    const code = reason === 'expired' ? 'deadline' : 'cancelled';
    for (const entry of entries) {
      const given: unknown = entry.signal?.reason;
      entry.reject(given instanceof AppError ? given : new AppError(code, text));
    }
  }

  async #runBatch(batch: readonly Entry<T, R>[]): Promise<void> {
    const cost = batch.reduce((sum, entry) => sum + entry.cost, 0);
    this.#inFlight += 1;
    this.#inFlightCost += cost;
    try {
      await this.#settle(batch, cost);
    } catch (error) {
      if (batch.length === 1) for (const entry of batch) entry.reject(modelFailed(error));
      else if (this.#options.isTooLarge?.(error)) await this.#retryHalves(batch);
      else await this.#retryApart(batch, error);
    } finally {
      this.#inFlight -= 1;
      this.#inFlightCost -= cost;
      this.#pumpSoon();
    }
  }

  /** Runs and answers a batch; throws, nobody answered, when the run fails. */
  async #settle(batch: readonly Entry<T, R>[], cost: number): Promise<void> {
    const { results, inferenceMs } = await this.#options.run(batch.map((entry) => entry.item));
    if (results.length !== batch.length) {
      throw new Error(`${results.length} results for a batch of ${batch.length}`);
    }
    const endMs = this.#now();
    const speed = cost / Math.max(inferenceMs, 0.01);
    // With several runners their speeds add up; the average forgets half in about three runs.
    const total = speed * this.#options.runners;
    this.#speed = this.#speed === undefined ? total : 0.8 * this.#speed + 0.2 * total;
    const waitsMs: number[] = [];
    for (const [index, entry] of batch.entries()) {
      const value = results[index];
      const queueMs = Math.max(0, endMs - entry.pushedMs - inferenceMs);
      waitsMs.push(queueMs);
      if (value === undefined || !this.#options.isSound(value)) {
        entry.reject(modelFailed(new Error('the model answered with values that are no numbers')));
      } else entry.resolve({ value, queueMs, inferenceMs, batchSize: batch.length });
    }
    this.#options.observer?.ran({ rows: batch.length, inferenceMs, waitsMs });
  }

  /**
   * What did not fit is run in halves, and halves of those; batches formed later are no larger than what fitted. The
   * memory of a device is shared and differs between models, so that a number in a configuration would be wrong.
   */
  async #retryHalves(batch: readonly Entry<T, R>[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    if (middle < this.#maxRows) {
      this.#maxRows = middle;
      this.#options.observer?.shrunk?.(middle);
    }
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      try {
        await this.#settle(
          half,
          half.reduce((sum, entry) => sum + entry.cost, 0),
        );
      } catch (error) {
        if (half.length === 1) for (const entry of half) entry.reject(modelFailed(error));
        else if (this.#options.isTooLarge?.(error)) await this.#retryHalves(half);
        else await this.#retryApart(half, error);
      }
    }
  }

  /**
   * One row may have failed the others: each gets one run of its own. When the first few all fail it is the model
   * that is broken, and running the rest would only keep others waiting.
   */
  async #retryApart(batch: readonly Entry<T, R>[], reason: unknown): Promise<void> {
    let failedInARow = 0;
    for (const entry of batch) {
      if (failedInARow >= maxFailuresInARow) {
        entry.reject(modelFailed(reason));
        continue;
      }
      try {
        await this.#settle([entry], entry.cost);
        failedInARow = -Infinity;
      } catch (error) {
        failedInARow += 1;
        entry.reject(modelFailed(error));
      }
    }
  }
}

const maxFailuresInARow = 4;

function modelFailed(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('model_failed', 'the model failed on this input', {
    internal: reasonOf(cause),
    cause,
  });
}
