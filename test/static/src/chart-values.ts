import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { chart, type Scenario } from './chart.ts';
import type { Edge } from './edges.ts';

export type Values = { readonly [key: string]: unknown };
const valuesSchema: z.ZodType<Values> = z.record(z.string(), z.unknown());

/** One values file; an empty one is no values. */
export function readValues(file: string): Values {
  return valuesSchema.parse(parse(readFileSync(file, 'utf8')) ?? {});
}

/** What Helm makes of the chart's values and a scenario's files: later ones hold, null takes a key away. */
export function valuesOf({ files }: Pick<Scenario, 'files'>): Values {
  return [join(chart, 'values.yaml'), ...files].map(readValues).reduce(over);
}

/** `top` laid over `base`. */
export function over(base: Values, top: Values): Values {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(top)) {
    if (value === null) delete result[key];
    else result[key] = isMap(result[key]) && isMap(value) ? over(result[key], value) : value;
  }
  return result;
}

/** The value at a path of keys; undefined where there is none. */
export function at(values: Values, ...path: readonly string[]): unknown {
  let value: unknown = values;
  for (const key of path) value = isMap(value) ? value[key] : undefined;
  return value;
}

export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the condition of an edge holds for these values: what the head of files/edges.yaml says of each. */
export function holds(when: Edge['when'], values: Values): boolean {
  const conditions: Readonly<Record<Edge['when'], boolean>> = {
    always: true,
    grpcDoor: at(values, 'gateway', 'grpc', 'enabled') === true,
    redis: at(values, 'redis', 'mode') !== 'none',
    bucket: at(values, 'results', 'type') === 'bucket',
    webhooks: at(values, 'webhooks', 'enabled') === true,
    tracing: at(values, 'tracing', 'endpoint') !== '',
    errorReports: at(values, 'errorReports', 'enabled') === true,
    mqtt: at(values, 'sensors', 'mqtt', 'enabled') === true,
    scraping: at(values, 'monitoring', 'scraping') === true,
    queueScaling: at(values, 'worker', 'keda', 'enabled') === true,
    migrations: at(values, 'migrations', 'enabled') === true,
    bootstrap: at(values, 'bootstrap', 'enabled') === true,
    helmTest: at(values, 'tests', 'enabled') === true,
  };
  return conditions[when];
}
