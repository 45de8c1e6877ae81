import { chart } from '../compare/plot.ts';
import { table, writeBeside, writeFigures } from '../pages.ts';
import type { Goal } from '../report.ts';
import type { Behaviour, ScalingPolicy } from '../simulate/hpa.ts';
import {
  backlogScaledDay,
  type CpuScaling,
  cpuScaledDay,
  type DayResult,
  jobsOfDay,
  type KedaScaling,
  type PodOptions,
  requestsOfDay,
} from '../simulate/scaled-day.ts';
import { readScaling } from './chart-values.ts';
import { readMeasured } from './measured.ts';
import { cheapestCpuHour } from './prices.ts';

const spike = { spikeAtS: 13 * 3600, spikeS: 900 };
/** What a new pod needs before its process begins: it is scheduled, its volumes are there, its image is on the node. */
const podS = 3;
/** readiness is asked every 2 s (charts/sillage/values.yaml), and endpoints are told. */
const readyS = 2;
/** A chunk that begins later than this is one too late, seconds. */
const chunkSloS = 120;
/** Part of a pod's capacity that the usual peak of the day needs on the pods there are at least. */
const usualPeak = 0.5;

interface Variant<S> {
  readonly name: string;
  readonly scaling: S;
}

/** The chart's autoscalers against a day with a spike, and against their neighbours. */
export function measureAutoscale(): Goal[] {
  const measured = readMeasured();
  const { gateway, inference, worker } = readScaling();
  const { usd, offer } = cheapestCpuHour();
  const requestMs = measured.fleet.gatewayMs;
  const moleculeMs = 1000 / measured.inference.peakPerS;
  const parts = [
    {
      name: 'gateway',
      scaling: gateway,
      // One event loop: one core is all that it can use, whatever it asks for.
      pod: podOf(1000 / requestMs, gateway.cores, 1, measured.fleet.gatewayStartS),
    },
    {
      name: 'inference',
      scaling: inference,
      // As many threads as it asks for cores.
      pod: podOf(
        (inference.cores * 1000) / (moleculeMs * measured.inference.moleculesPerRequest),
        inference.cores,
        inference.cores,
        measured.inference.startS,
      ),
    },
  ];
  const sections: string[] = [];
  const goals: Goal[] = [];
  for (const { name, scaling, pod } of parts) {
    const rates = requestsOfDay({
      peakPerS: usualPeak * scaling.minReplicas * pod.capacityPerS,
      ...{ spike: 10, rampS: 60, seed: 1, ...spike },
    });
    const results = cpuVariants(scaling).map((variant) => ({
      ...variant,
      day: cpuScaledDay(rates, pod, variant.scaling, spike),
    }));
    sections.push(
      `### ${name}`,
      `A pod asks for ${scaling.cores} cores, answers ${pod.capacityPerS.toFixed(0)} requests a second at most and is ready ${pod.startS.toFixed(1)} s after it is wanted (its process, measured, ${(pod.startS - podS - readyS).toFixed(1)} s; ${podS} s to be scheduled and ${readyS} s until readiness is seen are taken as they are on a node that has the image). The spike takes a minute to rise and lasts ${spike.spikeS / 60} minutes.`,
      dayTable(results, scaling.cores * usd),
      `![Pods of the day](scale/${name}-day.svg)`,
    );
    writeBeside(
      `docs/scale/${name}-day.svg`,
      dayChart(`Pods of ${name} over a day`, results.slice(0, 1), 'pods'),
    );
    goals.push(...dayGoals(name, results[0]?.day));
  }
  const perChunk = measured.fleet.workers[0]?.perS ?? 1;
  const chunksPerS = perChunk / measured.fleet.chunkMolecules;
  const backlog = jobsOfDay({ seed: 3, largest: 4000, spikeAtS: spike.spikeAtS });
  const options = { chunksPerS, startS: measured.fleet.workerStartS + podS + readyS, sloS: chunkSloS };
  const days = kedaVariants(worker).map((variant) => ({
    ...variant,
    day: backlogScaledDay(backlog, options, variant.scaling),
  }));
  sections.push(
    '### worker, by its backlog',
    `A worker does ${chunksPerS.toFixed(1)} chunks of ${measured.fleet.chunkMolecules} molecules a second and is ready ${options.startS.toFixed(1)} s after it is wanted. Jobs come all day; at one time comes one of ${backlog.bursts.reduce((most, [, chunks]) => Math.max(most, chunks), 0)} chunks. Too late is a chunk that begins more than ${chunkSloS} s after it came.`,
    dayTable(days, worker.cores * usd),
    '![Workers of the day](scale/worker-day.svg)',
  );
  writeBeside('docs/scale/worker-day.svg', dayChart('Workers over a day', days.slice(0, 1), 'workers'));
  goals.push(...dayGoals('worker', days[0]?.day));
  const intro = `Service times: ${measured.taken}. Cost: what the pods ask for, by the hour, at ${usd.toFixed(4)} USD a virtual CPU (${offer.provider} ${offer.instance}). Overshoot: pod hours beyond those of a fleet that knows each second's need. The first row is what the chart has.`;
  writeFigures('docs/scale.md', 'npm run bench -- autoscale', [intro, ...sections].join('\n\n'));
  return goals;
}

function podOf(capacityPerS: number, requestCores: number, busyCores: number, processS: number): PodOptions {
  return { capacityPerS, requestCores, busyCores, startS: processS + podS + readyS };
}

/** What the chart has, and each of its settings a step to either side. */
function cpuVariants(chosen: CpuScaling): readonly Variant<CpuScaling>[] {
  const percent = (value: number) => ({ name: `CPU ${value} %`, scaling: { ...chosen, cpuPercent: value } });
  return [
    { name: described(chosen), scaling: chosen },
    ...[40, 50, 60, 70, 80].filter((value) => value !== chosen.cpuPercent).map(percent),
    ...behaviours(chosen),
    ...[chosen.minReplicas - 1, chosen.minReplicas + 2].map((minReplicas) => ({
      name: `at least ${minReplicas}`,
      scaling: { ...chosen, minReplicas },
    })),
  ];
}

function kedaVariants(chosen: KedaScaling): readonly Variant<KedaScaling>[] {
  return [
    {
      name: `as in the chart: ${chosen.chunksPerReplica} chunks a worker, asked every ${chosen.pollingSeconds} s, ${chosen.cooldownSeconds} s to none`,
      scaling: chosen,
    },
    ...[1, 2, 8, 32].map((chunksPerReplica) => ({
      name: `${chunksPerReplica} chunks a worker`,
      scaling: { ...chosen, chunksPerReplica },
    })),
    ...[0, 2].map((minReplicas) => ({
      name: `at least ${minReplicas}`,
      scaling: { ...chosen, minReplicas },
    })),
    ...[30, 600].map((cooldownSeconds) => ({
      name: `at least 0, ${cooldownSeconds} s to none`,
      scaling: { ...chosen, minReplicas: 0, cooldownSeconds },
    })),
    ...behaviours(chosen),
  ];
}

function behaviours<S extends { readonly behaviour: Behaviour }>(chosen: S): Variant<S>[] {
  const { scaleUp, scaleDown } = chosen.behaviour;
  const up = (name: string, policies: readonly ScalingPolicy[], windowS = 0) => ({
    name,
    scaling: {
      ...chosen,
      behaviour: { scaleDown, scaleUp: { ...scaleUp, policies, stabilizationWindowSeconds: windowS } },
    },
  });
  const down = (name: string, changes: Partial<Behaviour['scaleDown']>) => ({
    name,
    scaling: { ...chosen, behaviour: { scaleUp, scaleDown: { ...scaleDown, ...changes } } },
  });
  const pods = (value: number, periodSeconds: number) => ({ type: 'Pods', value, periodSeconds }) as const;
  const more = (value: number, periodSeconds: number) => ({ type: 'Percent', value, periodSeconds }) as const;
  return [
    up('up by half or 2 pods in 30 s', [more(50, 30), pods(2, 30)]),
    up('up by 100 % or 4 pods in 15 s', [more(100, 15), pods(4, 15)]),
    up('up by 200 % or 4 pods in 15 s', [more(200, 15), pods(4, 15)]),
    up('up by 400 % or 8 pods in 15 s', [more(400, 15), pods(8, 15)]),
    up('up after 60 s', scaleUp.policies, 60),
    ...[0, 60, 120, 600].map((seconds) =>
      down(`down after ${seconds} s`, { stabilizationWindowSeconds: seconds }),
    ),
    down('down by half a minute, the larger step', {
      selectPolicy: 'Max',
      policies: [more(50, 60), pods(4, 60)],
    }),
    down('down by a quarter or 1 pod, the larger step', { selectPolicy: 'Max' }),
  ];
}

function described({ cpuPercent, minReplicas, maxReplicas, behaviour }: CpuScaling): string {
  const step = ({ type, value, periodSeconds }: ScalingPolicy) =>
    `${value} ${type === 'Percent' ? '%' : 'pods'} in ${periodSeconds} s`;
  const { scaleUp, scaleDown } = behaviour;
  return `as in the chart: CPU ${cpuPercent} %, ${minReplicas} to ${maxReplicas}, up by ${scaleUp.policies.map(step).join(' or ')}, down after ${scaleDown.stabilizationWindowSeconds} s by ${scaleDown.policies.map(step).join(' or ')}`;
}

function dayTable(
  rows: readonly { readonly name: string; readonly day: DayResult }[],
  usdPerPodHour: number,
): string {
  return table(
    [
      'setting',
      'SLO violations',
      'in the spike',
      'settled after',
      'pod hours',
      'overshoot',
      'most',
      'changes',
      'USD a day',
    ],
    rows.map(({ name, day }) => [
      name,
      `${(100 * day.violations).toFixed(3)} %`,
      `${(100 * day.spikeViolations).toFixed(2)} %`,
      `${day.settledS} s`,
      day.podHours.toFixed(0),
      `${(100 * day.overshoot).toFixed(0)} %`,
      String(day.most),
      String(day.changes),
      (day.podHours * usdPerPodHour).toFixed(2),
    ]),
  );
}

function dayChart(
  title: string,
  rows: readonly { readonly name: string; readonly day: DayResult }[],
  y: string,
): string {
  return chart({
    ...{ title, x: 'hour of the day', y },
    series: rows.map(({ day }) => ({
      name: 'as in the chart',
      points: day.replicas.flatMap((replicas, minute) =>
        minute % 5 === 0 ? [[minute / 60, replicas] as const] : [],
      ),
    })),
  });
}

function dayGoals(name: string, day: DayResult | undefined): Goal[] {
  if (day === undefined) return [];
  return [
    { name: `${name}: SLO violations of the day`, unit: '%', value: 100 * day.violations },
    { name: `${name}: until the spike is served`, unit: 's', value: day.settledS },
    { name: `${name}: overshoot`, unit: '%', value: 100 * day.overshoot },
  ];
}
