import { availableParallelism } from 'node:os';
import { startLoneInference } from '@sillage/fleet';
import { chart } from '../compare/plot.ts';
import { realMolecules } from '../molecules.ts';
import { table, taken, writeBeside, writeFigures } from '../pages.ts';
import type { Goal } from '../report.ts';
import { type Outcome, type ServiceTimes, simulateFleet } from '../simulate/fleet-model.ts';
import { calibrate, type InferenceTimes } from './calibrate.ts';
import { type FleetCosts, measureFleetCosts } from './fleet-costs.ts';
import { closedLoop, InferencePods, type Measured, openLoop } from './inference-load.ts';
import { measuredPath } from './measured.ts';

/** Molecules of a request. */
const molecules = 8;
const maxRows = 64;
/** Parts of the peak that the model is held against the measurement at. */
const loads = [0.3, 0.5, 0.7, 0.8];
const mostCallers = 16;
const page = 'docs/scale.md';
const command = 'npm run bench -- scale';

interface Step {
  readonly pods: number;
  readonly closed: Measured;
  readonly simulated: Outcome;
  readonly isPinned: boolean;
}

/** One line of the table that holds the model against what was measured. */
interface Check {
  readonly pods: number;
  readonly load: string;
  readonly measured: Measured;
  readonly simulated: Outcome;
  readonly perS: number;
  readonly p50: number;
  readonly p95: number;
}

/** Measures 1 → 2 → 4 processes and what each part costs, holds the model against that, and goes on with it. */
export async function measureScale(seconds: number): Promise<Goal[]> {
  const cores = availableParallelism();
  const texts = (await realMolecules()).slice(0, 20_000);
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  // The client needs a core as well; where there are but two, it shares them.
  const counts = [1, 2, 4].filter((count) => count <= Math.max(2, cores - 1));
  const steps: Step[] = [];
  const checks: Check[] = [];
  let times: InferenceTimes | undefined;
  let startS = 0;
  for (const count of counts) {
    const started = await InferencePods.start(count, cores, texts);
    try {
      await closedLoop(started.fleet, { callers: 4 * count, molecules, seconds });
      startS ||= started.startS;
      times ??= await calibrate(started.fleet, Math.max(20, Math.round(seconds * 12)));
      tell(`${count} processes: ready`);
      const closed = await closedLoop(started.fleet, { callers: mostCallers * count, molecules, seconds });
      const model = shared(times, closed, count, cores);
      const simulated = simulate(model, count, { callers: mostCallers * count, seconds: 30 });
      steps.push({ pods: count, closed, simulated, isPinned: started.isPinned });
      checks.push(check(count, `${mostCallers * count} callers`, closed, simulated));
      tell(`${count} processes: ${closed.perS.toFixed(0)} requests/s, model ${simulated.perS.toFixed(0)}`);
      for (const part of loads) {
        const perS = closed.perS * part;
        const measured = await openLoop(started.fleet, { perS, molecules, seconds, seed: 11 });
        const outcome = simulate(shared(times, measured, count, cores), count, { perS, seconds: 60 });
        checks.push(check(count, `${Math.round(part * 100)} % of peak`, measured, outcome));
      }
    } finally {
      await started.fleet.stop();
    }
  }
  const [first] = steps;
  if (times === undefined || first === undefined) throw new Error('nothing was measured');
  const generatedPerS = await measureGeneration(seconds);
  const fleet = await measureFleetCosts(seconds, tell);
  const peakPerS = first.closed.perS * molecules;
  const inference = { ...times, peakPerS, moleculesPerRequest: molecules, startS };
  const measured = { taken: taken(), inference, fleet, generatedPerS };
  writeBeside(measuredPath, `${JSON.stringify(measured, undefined, 2)}\n`);

  const all: ServiceTimes = { ...times, ...fleet };
  const far = extrapolate(all);
  writeFigures(page, command, report({ steps, checks, far, times: all, fleet, cores }));
  writePlots(checks, far);
  return goals(steps, checks, fleet);
}

/** The client's own use of the cores, where it has none of its own, makes all work on them slower by as much. */
function shared(times: InferenceTimes, measured: Measured, count: number, cores: number): ServiceTimes {
  const isAlone = cores > count;
  const used = isAlone ? 0 : Math.min(0.5, (measured.clientMs * measured.perS) / 1000 / cores);
  const slower = 1 / (1 - used);
  return {
    rpcMs: times.rpcMs * slower,
    describeMs: times.describeMs * slower,
    batchMs: times.batchMs * slower,
    moleculeMs: times.moleculeMs * slower,
    ...{ wayMs: times.wayMs, variation: times.variation },
    ...{ gatewayMs: 0, redisMs: 0, postgresMs: 0, connectMs: 0 },
  };
}

function simulate(
  times: ServiceTimes,
  pods: number,
  load: { perS?: number; callers?: number; seconds: number },
): Outcome {
  return simulateFleet(times, { gateways: 0, pods, threads: 1, molecules, maxRows }, { ...load, seed: 3 });
}

function check(pods: number, load: string, measured: Measured, simulated: Outcome): Check {
  const off = (name: 'perS' | 'p50' | 'p95') => simulated[name] / measured[name] - 1;
  return { pods, load, measured, simulated, perS: off('perS'), p50: off('p50'), p95: off('p95') };
}

export interface Far {
  readonly pods: number;
  readonly gateways: number;
  readonly offered: number;
  readonly outcome: Outcome;
}

/** Pods of one thread; a gateway for each two of them, as one event loop is to have room. */
function extrapolate(times: ServiceTimes): Far[] {
  const alone = simulateFleet(
    times,
    { gateways: 2, pods: 1, threads: 1, molecules, maxRows },
    { callers: 2 * mostCallers, seconds: 20, seed: 5 },
  );
  return [1, 2, 4, 8, 16, 32, 64, 128].map((pods) => {
    const gateways = Math.max(2, Math.round(pods / 2));
    const offered = 0.8 * alone.perS * pods;
    const shape = { gateways, pods, threads: 1, molecules, maxRows };
    return {
      pods,
      gateways,
      offered,
      outcome: simulateFleet(times, shape, { perS: offered, seconds: 10, seed: 5 }),
    };
  });
}

/** Scored molecules a second, unguided, by the quickest generator on one thread. */
async function measureGeneration(seconds: number): Promise<number> {
  const inference = await startLoneInference(undefined, { MAX_WORKERS: '1', CACHE_MEMORY_MB: '0' });
  try {
    const ask = async (seed: number) => {
      const events = inference.client.stream('Generate', {
        ...{ description: '', unconditioned: true, numMolecules: 200, worker: 'optimized', seed },
      });
      for await (const { finished } of events) if (finished) return finished.unique;
      throw new Error('a generation ended without its last event');
    };
    await ask(0);
    const began = performance.now();
    let made = 0;
    for (let seed = 1; performance.now() - began < seconds * 1000; seed += 1) made += await ask(seed);
    return made / ((performance.now() - began) / 1000);
  } finally {
    await inference.stop();
  }
}

function goals(steps: readonly Step[], checks: readonly Check[], fleet: FleetCosts): Goal[] {
  const [first] = steps;
  const [one, two] = fleet.workers;
  const worst = (name: 'perS' | 'p50' | 'p95') => 100 * Math.max(...checks.map((row) => Math.abs(row[name])));
  return [
    ...steps.slice(1).map(({ pods, closed }) => ({
      name: `inference 1 → ${pods}, efficiency of processor`,
      unit: '',
      value: first ? first.closed.cpuMs / closed.cpuMs : 0,
      atLeast: 0.9,
      detail: `${closed.perS.toFixed(0)} requests/s, ${first ? (closed.perS / first.closed.perS / pods).toFixed(2) : ''} by the clock, the client included`,
    })),
    {
      name: 'workers 1 → 2, by the clock',
      unit: '',
      value: one && two ? two.perS / one.perS / 2 : 0,
      detail: fleet.workers.map(({ perS }) => `${Math.round(perS)} molecules/s`).join(', '),
    },
    ...(['perS', 'p50', 'p95'] as const).map((name) => ({
      name: `model off by at most, ${name === 'perS' ? 'throughput' : name}`,
      unit: '%',
      value: worst(name),
      atMost: 10,
    })),
  ];
}

function report(parts: {
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  readonly far: readonly Far[];
  readonly times: ServiceTimes;
  readonly fleet: FleetCosts;
  readonly cores: number;
}): string {
  const { steps, checks, far, times, fleet, cores } = parts;
  const [first] = steps;
  const percent = (value: number) => `${value > 0 ? '+' : ''}${(100 * value).toFixed(0)} %`;
  const most = Math.max(...steps.map(({ pods }) => pods));
  return [
    `Taken ${taken()}.${most < 4 ? ` Four processes were not measured: ${cores} cores are too few for them.` : ''}`,
    '### Measured',
    table(
      [
        'processes of inference',
        'requests/s',
        'processor ms a request',
        'efficiency, processor',
        'efficiency, clock',
      ],
      steps.map(({ pods, closed }) => [
        String(pods),
        closed.perS.toFixed(0),
        closed.cpuMs.toFixed(2),
        first ? (first.closed.cpuMs / closed.cpuMs).toFixed(2) : '',
        first ? (closed.perS / first.closed.perS / pods).toFixed(2) : '',
      ]),
    ),
    `A process has one thread${steps.every(({ isPinned }) => isPinned) ? ' and a core that it is kept on' : '; this machine could not keep it on one core'}; requests are of ${molecules} new molecules, ${mostCallers} callers for each process. By the clock the client's work is in it, by the processor it is not.`,
    table(
      ['workers, each with an inference', 'molecules/s of a prediction job'],
      fleet.workers.map(({ pairs, perS }) => [String(pairs), perS.toFixed(0)]),
    ),
    table(
      ['part', 'processor ms'],
      [
        ['inference, a request', times.rpcMs.toFixed(3)],
        ['chemistry, a molecule', times.describeMs.toFixed(3)],
        ['model, a batch', times.batchMs.toFixed(3)],
        ['model, a molecule', times.moleculeMs.toFixed(3)],
        ['gateway, a request of new molecules', times.gatewayMs.toFixed(3)],
        ['gateway, a request from its cache', fleet.cachedMs.toFixed(3)],
        ['Redis, a request', times.redisMs.toFixed(3)],
        ['Postgres, a request', times.postgresMs.toFixed(3)],
        ['auth, a request', fleet.authMs.toFixed(3)],
        ['opening a connection to inference', times.connectMs.toFixed(3)],
      ],
    ),
    '### The model against the measurement',
    table(
      [
        'processes',
        'load',
        'requests/s',
        'model',
        'p50 ms',
        'model',
        'p95 ms',
        'model',
        'off: rate',
        'p50',
        'p95',
      ],
      checks.map(({ pods, load, measured, simulated, perS, p50, p95 }) => [
        String(pods),
        load,
        measured.perS.toFixed(1),
        simulated.perS.toFixed(1),
        ...[measured.p50, simulated.p50, measured.p95, simulated.p95].map((value) => value.toFixed(1)),
        ...[perS, p50, p95].map(percent),
      ]),
    ),
    '### To 128 pods of inference and 64 of the gateway',
    table(
      [
        'inference',
        'gateways',
        'offered/s',
        'answered/s',
        'p50 ms',
        'p95 ms',
        'gateway',
        'Redis',
        'Postgres',
        'inference',
        'connections',
        'renewed/s',
      ],
      far.map(({ pods, gateways, offered, outcome }) => [
        String(pods),
        String(gateways),
        offered.toFixed(0),
        outcome.perS.toFixed(0),
        outcome.p50.toFixed(1),
        outcome.p95.toFixed(1),
        ...(['gateway', 'redis', 'postgres', 'inference'] as const).map(
          (name) => `${Math.round(100 * outcome.busy[name])} %`,
        ),
        String(pods * gateways),
        ((pods * gateways) / 15).toFixed(0),
      ]),
    ),
    '![Time of an answer against load](scale/latency-load.svg)',
    '![Answers against pods](scale/pods.svg)',
    bends(far, times, fleet),
  ].join('\n\n');
}

/** Where one of what all share is full, at 80 % of its processor, in requests a second and pods of one thread. */
function bends(far: readonly Far[], times: ServiceTimes, fleet: FleetCosts): string {
  const perPod = (far[0]?.offered ?? 0) / (far[0]?.pods ?? 1);
  const at = (ms: number, cores: number) => (ms > 0 ? (0.8 * cores * 1000) / ms : Number.POSITIVE_INFINITY);
  const row = (what: string, perS: number, advice: string) => [
    what,
    Number.isFinite(perS) ? perS.toFixed(0) : 'not seen',
    Number.isFinite(perS) ? (perS / perPod).toFixed(0) : '',
    advice,
  ];
  // Each has DATABASE_POOL_SIZE (5), and two that listen.
  const connections = (64 + 128) * 7;
  return [
    '### Where it bends',
    table(
      ['shared by all', 'full at requests/s', 'pods of inference', 'what to do'],
      [
        row(
          'Redis, one thread',
          at(times.redisMs, 1),
          'a Redis of their own for limits, queue and cache; then a cluster for limits, whose keys are apart',
        ),
        row('Postgres, 4 cores', at(times.postgresMs, 4), 'longer intervals of usage; a larger machine'),
        row('auth, one process', at(fleet.authMs, 1), 'more pods: they share nothing but Postgres'),
        row(
          'a gateway, one process',
          at(times.gatewayMs, 1),
          'a gateway for so many pods; they share nothing but Redis',
        ),
      ],
    ),
    `Postgres takes connections rather than work: 64 gateways and 128 workers with the pools they have by default ask for up to ${connections}, and the chart's own Postgres has 200. Before they are used up put a pooler before it (transactions for all but LISTEN), or lower \`DATABASE_POOL_SIZE\`. Every gateway is connected to every pod of inference and renews that each 15 s: at 64 × 128 that is ${Math.round((64 * 128) / 15)} a second, ${(((128 / 15) * times.connectMs) / 10).toFixed(1)} % of a gateway's processor. Pools ([architecture](architecture.md#pools)) divide it: a gateway is connected to the pods of its pools alone.`,
  ].join('\n\n');
}

function writePlots(checks: readonly Check[], far: readonly Far[]): void {
  const open = checks.filter(({ load }) => load.includes('peak'));
  const pods = [...new Set(open.map((row) => row.pods))];
  const series = pods.flatMap((count) => {
    const own = open.filter((row) => row.pods === count);
    return [
      {
        name: `${count}, measured p95`,
        points: own.map(({ measured }) => [measured.perS, measured.p95] as const),
      },
      {
        name: `${count}, model p95`,
        points: own.map(({ simulated }) => [simulated.perS, simulated.p95] as const),
      },
    ];
  });
  writeBeside(
    'docs/scale/latency-load.svg',
    chart({ title: 'Time of an answer against load', x: 'requests a second', y: 'ms', series }),
  );
  writeBeside(
    'docs/scale/pods.svg',
    chart({
      title: 'Answers against pods, offered 80 % of what the pods can',
      x: 'pods of inference',
      y: 'requests a second',
      ...{ isLogX: true, isLogY: true },
      series: [
        { name: 'offered', points: far.map(({ pods: x, offered }) => [x, offered] as const) },
        { name: 'answered', points: far.map(({ pods: x, outcome }) => [x, outcome.perS] as const) },
      ],
    }),
  );
}
