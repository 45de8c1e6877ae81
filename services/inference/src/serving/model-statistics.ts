/** Calls and their time together, milliseconds. */
export interface Duration {
  readonly count: number;
  readonly ms: number;
}

/** Times of one answered request, milliseconds. */
export interface InferTimes {
  readonly totalMs: number;
  readonly queueMs: number;
  readonly inputMs: number;
  readonly inferenceMs: number;
  readonly outputMs: number;
}

const parts = ['success', 'fail', 'queue', 'input', 'inference', 'output', 'cacheHit', 'cacheMiss'] as const;
export type StatisticPart = (typeof parts)[number];

/** What one version of a model has done since it was loaded, counted as Triton's statistics extension counts. */
export class ModelStatistics {
  readonly durations: Readonly<Record<StatisticPart, Duration>>;
  readonly #durations = Object.fromEntries(parts.map((part) => [part, { count: 0, ms: 0 }])) as Record<
    StatisticPart,
    { count: number; ms: number }
  >;
  readonly #batches = new Map<
    number,
    { count: number; inputMs: number; inferenceMs: number; outputMs: number }
  >();
  readonly #now: () => number;
  /** Rows answered from a run of the model. */
  inferences = 0;
  /** Runs of the model. */
  executions = 0;
  /** Milliseconds since the epoch; 0: never. */
  lastInferenceMs = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.durations = this.#durations;
  }

  /** By rows of a run, ascending. */
  get batches() {
    return [...this.#batches].sort(([a], [b]) => a - b).map(([rows, batch]) => ({ rows, ...batch }));
  }

  ran(rows: number, times: Pick<InferTimes, 'inputMs' | 'inferenceMs' | 'outputMs'>): void {
    this.executions += 1;
    const batch = this.#batches.get(rows) ?? { count: 0, inputMs: 0, inferenceMs: 0, outputMs: 0 };
    batch.count += 1;
    batch.inputMs += times.inputMs;
    batch.inferenceMs += times.inferenceMs;
    batch.outputMs += times.outputMs;
    this.#batches.set(rows, batch);
  }

  /** `cacheMissMs` is there where an answer was looked for in the cache first. */
  answered(rows: number, times: InferTimes, cacheMissMs: number | undefined): void {
    this.inferences += rows;
    this.lastInferenceMs = this.#now();
    this.#add('success', times.totalMs);
    this.#add('queue', times.queueMs);
    this.#add('input', times.inputMs);
    this.#add('inference', times.inferenceMs);
    this.#add('output', times.outputMs);
    if (cacheMissMs !== undefined) this.#add('cacheMiss', cacheMissMs);
  }

  answeredFromCache(totalMs: number): void {
    this.lastInferenceMs = this.#now();
    this.#add('success', totalMs);
    this.#add('cacheHit', totalMs);
  }

  failed(ms: number): void {
    this.#add('fail', ms);
  }

  #add(part: StatisticPart, ms: number): void {
    const duration = this.#durations[part];
    duration.count += 1;
    duration.ms += ms;
  }
}
