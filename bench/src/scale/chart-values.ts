import { parse } from 'yaml';
import { z } from 'zod';
import { readData } from '../pages.ts';
import type { Behaviour } from '../simulate/hpa.ts';

const rules = z.object({
  stabilizationWindowSeconds: z.number(),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']),
  policies: z.array(
    z.object({ type: z.enum(['Percent', 'Pods']), value: z.number(), periodSeconds: z.number() }),
  ),
});
const behaviourSchema = z.object({ scaleUp: rules, scaleDown: rules });
const scalingSchema = z.object({
  minReplicas: z.number(),
  maxReplicas: z.number(),
  cpuPercent: z.number(),
  behavior: behaviourSchema,
});
const kedaSchema = z.object({
  minReplicas: z.number(),
  maxReplicas: z.number(),
  chunksPerReplica: z.number(),
  pollingSeconds: z.number(),
  cooldownSeconds: z.number(),
});

/** What the chart gives gateway, inference and workers in production: values.yaml, and values-production.yaml over it. */
export function readScaling() {
  const base = record(parse(readData('charts/sillage/values.yaml')));
  const production = record(parse(readData('charts/sillage/values-production.yaml')));
  const values = merged(base, production);
  const defaults = record(values['defaults']);
  const of = (name: string) => merged(defaults, record(values[name]));
  const cores = (name: string) => {
    const { cpu } = record(record(record(of(name)['resources'])['requests']));
    const text = String(cpu);
    return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
  };
  const cpu = (name: string) => {
    const { behavior, ...rest } = scalingSchema.parse(of(name)['autoscaling']);
    return { ...rest, behaviour: behavior, cores: cores(name) };
  };
  const worker = of('worker');
  const { behavior } = z.object({ behavior: behaviourSchema }).parse(worker['autoscaling']);
  return {
    gateway: cpu('gateway'),
    inference: cpu('inference'),
    worker: {
      ...kedaSchema.parse(worker['keda']),
      behaviour: behavior satisfies Behaviour,
      cores: cores('worker'),
    },
  };
}

type Values = Readonly<Record<string, unknown>>;

function record(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

/** As Helm lays values over values: maps are joined, all else is exchanged. */
function merged(under: Values, over: Values): Values {
  const all: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    all[name] = isMap ? merged(record(under[name]), record(value)) : value;
  }
  return all;
}
