import { totalmem } from 'node:os';
import { constrainedMemory, versions } from 'node:process';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { errorKinds } from './errors.ts';
import { type MetricSpec, metricCatalogue } from './metric-catalogue.ts';

type Catalogue = typeof metricCatalogue;
type NamesOf<T extends MetricSpec['type']> = {
  [N in keyof Catalogue]: Catalogue[N]['type'] extends T ? N : never;
}[keyof Catalogue];
type LabelsOf<N extends keyof Catalogue> = Catalogue[N]['labels'][number];

/** The metrics of one process: a metric exists from the first time it is asked for. */
export class Metrics {
  readonly registry = new Registry();
  readonly #made = new Map<string, unknown>();

  /** Requests being answered now. */
  inFlight = 0;

  constructor(service: string, version = 'development') {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    // Counts of handles and requests by kind, which no rule asks for, under names that only counters may have.
    for (const name of unneeded) this.registry.removeSingleMetric(name);
    this.gauge('olfactory_build_info').set({ version, runtime: versions.node }, 1);
    this.gauge('olfactory_memory_usage_bytes', (gauge) => gauge.set(process.memoryUsage.rss()));
    this.gauge('olfactory_memory_limit_bytes').set(memoryLimit());
    // A first error is then a rise and not a beginning, which rate() does not see.
    const errors = this.counter('olfactory_errors_total');
    for (const code of Object.keys(errorKinds)) errors.inc({ error_type: code }, 0);
  }

  /** `collect` counts up to what is known elsewhere, from 0, at scrape time. */
  counter<N extends NamesOf<'counter'>>(
    name: N,
    collect?: (counter: Counter<LabelsOf<N>>) => void,
  ): Counter<LabelsOf<N>> {
    return this.#once(name, () => {
      const spec = metricCatalogue[name];
      const counter: Counter<LabelsOf<N>> = new Counter({
        name,
        help: spec.help,
        labelNames: [...spec.labels],
        registers: [this.registry],
        ...(collect
          ? {
              collect: () => {
                counter.reset();
                collect(counter);
              },
            }
          : {}),
      });
      return counter;
    });
  }

  /** Shows requests in flight; for who answers any. */
  showInFlight(): void {
    this.gauge('olfactory_requests_in_flight', (gauge) => gauge.set(this.inFlight));
  }

  /** `collect` sets the value at scrape time. */
  gauge<N extends NamesOf<'gauge'>>(
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

  #once<T>(name: string, make: () => T): T {
    const known = this.#made.get(name);
    // One name has one type in the catalogue, so what is stored under it is what was asked for.
    if (known) return known as T;
    const made = make();
    this.#made.set(name, made);
    return made;
  }
}

const unneeded = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

/** The limit of the container; what the machine has where there is none (libuv then tells 0 or a number too large). */
function memoryLimit(): number {
  const limit = constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
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

/** Shows what the tiers of a service's cache were asked for and had. */
export function showCache(metrics: Metrics, tiers: Readonly<Record<string, HitRate>>): void {
  metrics.gauge('olfactory_cache_hit_rate', (gauge) => {
    for (const [tier, { value }] of Object.entries(tiers)) gauge.set({ tier }, value);
  });
  metrics.counter('olfactory_cache_lookups_total', (counter) => {
    for (const [tier, { hits, lookups }] of Object.entries(tiers)) {
      counter.inc({ tier, result: 'hit' }, hits);
      counter.inc({ tier, result: 'miss' }, lookups - hits);
    }
  });
}
