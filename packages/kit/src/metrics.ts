import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batchRows = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Every metric of the fleet, declared before use: type, meaning, unit and labels from closed sets. */
export const metricCatalogue = {
  olfactory_requests_total: {
    type: 'counter',
    help: 'Requests answered, by route pattern and status (HTTP status, or gRPC status name).',
    labels: ['method', 'endpoint', 'status'],
  },
  olfactory_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of a request to the end of its answer.',
    labels: ['method', 'endpoint'],
    buckets: requestSeconds,
  },
  olfactory_errors_total: {
    type: 'counter',
    help: 'Errors by code of the taxonomy.',
    labels: ['error_type'],
  },
  olfactory_inference_duration_seconds: {
    type: 'histogram',
    help: 'Time one batch runs in the model.',
    labels: ['model'],
    buckets: requestSeconds,
  },
  olfactory_batch_size: {
    type: 'histogram',
    help: 'Rows of one batch.',
    labels: ['model'],
    buckets: batchRows,
  },
  olfactory_batch_wait_seconds: {
    type: 'histogram',
    help: 'Time an entry waited before its batch ran.',
    labels: ['model'],
    buckets: requestSeconds,
  },
  olfactory_batch_dropped_total: {
    type: 'counter',
    help: 'Entries that left the queue without running, by reason (cancelled, expired, overloaded).',
    labels: ['model', 'reason'],
  },
  olfactory_queue_depth: { type: 'gauge', help: 'Entries waiting, by queue.', labels: ['queue'] },
  olfactory_pool_requests_in_flight: {
    type: 'gauge',
    help: 'Requests sent to a pool of inference and not answered yet.',
    labels: ['pool'],
  },
  olfactory_pool_refused_total: {
    type: 'counter',
    help: 'Requests that a pool of inference did not take, by reason (overloaded: it is full; unavailable: it is away).',
    labels: ['pool', 'reason'],
  },
  olfactory_model_accuracy: {
    type: 'gauge',
    help: 'Figure measured when the model was made, from its manifest.',
    labels: ['model', 'dataset'],
  },
  olfactory_memory_usage_bytes: { type: 'gauge', help: 'Resident memory of the process.', labels: [] },
  olfactory_gpu_utilization_percent: {
    type: 'gauge',
    help: 'Share of time the GPU was busy; 0 where there is none.',
    labels: [],
  },
  olfactory_cache_hit_rate: {
    type: 'gauge',
    help: 'Hits over lookups since start, 0-1.',
    labels: ['tier'],
  },
  olfactory_cache_failures_total: {
    type: 'counter',
    help: 'Calls that a cache tier failed or did not answer in time; it is skipped for a while after each.',
    labels: ['tier', 'direction'],
  },
  olfactory_sensor_readings_total: {
    type: 'counter',
    help: 'Readings stored.',
    labels: ['sensor_type'],
  },
  olfactory_sensor_errors_total: {
    type: 'counter',
    help: 'Findings in readings, by kind.',
    labels: ['sensor_type', 'error'],
  },
  olfactory_sensor_calibration_status: {
    type: 'gauge',
    help: '1 calibrated, 0 not.',
    labels: ['sensor_id'],
  },
  olfactory_sensor_streams: {
    type: 'gauge',
    help: 'WebSocket streams of readings that are open.',
    labels: [],
  },
  olfactory_sensor_stream_closes_total: {
    type: 'counter',
    help: 'Streams of readings that ended, by close code; other: one that the client chose.',
    labels: ['code'],
  },
  olfactory_molecules_generated_total: {
    type: 'counter',
    help: 'Molecules returned by generation.',
    labels: ['worker'],
  },
  olfactory_molecule_validity_rate: {
    type: 'gauge',
    help: 'Valid over sampled molecules since start, 0-1.',
    labels: [],
  },
  olfactory_safety_score: {
    type: 'histogram',
    help: 'Safety score of molecules returned by generation, 0-1.',
    labels: [],
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  },
  olfactory_limit_decisions_total: {
    type: 'counter',
    help: 'Decisions of the rate limits, by where they were made (shared, or local while the store is away) and outcome (allowed, limited).',
    labels: ['store', 'outcome'],
  },
  olfactory_jobs_total: { type: 'counter', help: 'Jobs that entered a state.', labels: ['state'] },
} as const satisfies Record<string, MetricSpec>;

type Catalogue = typeof metricCatalogue;
type NamesOf<T extends MetricSpec['type']> = {
  [N in keyof Catalogue]: Catalogue[N]['type'] extends T ? N : never;
}[keyof Catalogue];
type LabelsOf<N extends keyof Catalogue> = Catalogue[N]['labels'][number];

/** The metrics of one process: a metric exists from the first time it is asked for. */
export class Metrics {
  readonly registry = new Registry();
  readonly #made = new Map<string, unknown>();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.#gauge('olfactory_memory_usage_bytes', (gauge) => gauge.set(process.memoryUsage.rss()));
  }

  counter<N extends NamesOf<'counter'>>(name: N): Counter<LabelsOf<N>> {
    return this.#once(name, () => {
      const spec = metricCatalogue[name];
      return new Counter({ name, help: spec.help, labelNames: [...spec.labels], registers: [this.registry] });
    });
  }

  /** `collect` sets the value at scrape time. */
  gauge<N extends NamesOf<'gauge'>>(
    name: N,
    collect?: (gauge: Gauge<LabelsOf<N>>) => void,
  ): Gauge<LabelsOf<N>> {
    return this.#gauge(name, collect);
  }

  histogram<N extends NamesOf<'histogram'>>(name: N): Histogram<LabelsOf<N>> {
    return this.#once(name, () => {
      const spec = metricCatalogue[name];
      return new Histogram({
        name,
        help: spec.help,
        labelNames: [...spec.labels],
        buckets: [...spec.buckets],
        registers: [this.registry],
      });
    });
  }

  #gauge<N extends NamesOf<'gauge'>>(
    name: N,
    collect?: (gauge: Gauge<LabelsOf<N>>) => void,
  ): Gauge<LabelsOf<N>> {
    return this.#once(name, () => {
      const spec = metricCatalogue[name];
      const gauge: Gauge<LabelsOf<N>> = new Gauge({
        name,
        help: spec.help,
        labelNames: [...spec.labels],
        registers: [this.registry],
        ...(collect ? { collect: () => collect(gauge) } : {}),
      });
      return gauge;
    });
  }

  #once<T>(name: string, make: () => T): T {
    const known = this.#made.get(name);
    // One name has one type in the catalogue, so what is stored under it is what was asked for.
    if (known) return known as T;
    const made = make();
    this.#made.set(name, made);
    return made;
  }
}

/** Hits over lookups as a gauge value; 0 before the first lookup. */
export class HitRate {
  hits = 0;
  lookups = 0;
  record(hit: boolean): void {
    this.lookups += 1;
    if (hit) this.hits += 1;
  }
  get value(): number {
    return this.lookups === 0 ? 0 : this.hits / this.lookups;
  }
}
