import type { Goal } from '../report.ts';
import type { Generated } from './generation.ts';
import type { Jobs } from './jobs.ts';
import type { Share } from './limits.ts';
import type { Pair } from './pairs.ts';
import type { Ratio } from './statistics.ts';
import type { Overload, Sweeps } from './sweeps.ts';

/** All that one run has found; what was left out is absent. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly cores: {
    readonly server: readonly number[];
    readonly client: readonly number[];
    readonly isPinned: boolean;
  };
  readonly model: string;
  /** Contenders whose answers differ, or that did not start, and why: nothing is compared with them. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  readonly pairs: readonly Pair[];
  readonly compute: readonly Share[];
  readonly http: readonly Pair[];
  readonly serverMs: number;
  readonly sweeps: readonly Sweeps[];
  readonly overload: Overload | undefined;
  readonly generation: Generated | undefined;
  readonly jobs: Jobs | undefined;
  /** Resident megabytes under load, by service. */
  readonly memory: Readonly<Record<string, number>>;
  readonly startSeconds: number;
}

const memoryBars: Readonly<Record<string, number>> = { gateway: 150, inference: 400, worker: 250 };

/**
 * What CI does not let a ratio fall under: a third below what was measured on a busy machine. Whoever wins a ratio
 * raises its floor, or gives it one.
 */
export const floors: Readonly<Record<string, number>> = {
  'new molecules, 64 a request / FastAPI': 1.1,
  '64 new molecules / chemistry + ONNX Runtime in a tight loop': 0.55,
};

/** The goals with their figures, in the order in which they are told. */
export function goalsOf(results: Results): Goal[] {
  const goals: Goal[] = [];
  const ratio = (name: string, value: Ratio, atLeast: number, detail = '') =>
    goals.push({
      name,
      unit: '×',
      value: value.median,
      atLeast,
      isUsable: value.isUsable,
      detail: `blocks ${value.blocks.map((one) => one.toFixed(2)).join(' ')}${detail && `; ${detail}`}`,
    });
  for (const pair of results.pairs) {
    const detail = `${whole(pair.ours.rate)}/s against ${whole(pair.theirs.rate)}/s${pair.isClientBound ? '; the client was full' : ''}`;
    if (pair.scenario.startsWith('p99'))
      ratio(`${pair.scenario}, ${pair.theirs.name} / ours`, pair.p99, 2, msOf(pair));
    else ratio(`${pair.scenario} / ${pair.theirs.name}`, pair.rate, 2, detail);
  }
  for (const pair of results.http) {
    const detail = `${whole(pair.ours.rate)}/s against ${whole(pair.theirs.rate)}/s${pair.isClientBound ? '; the client was full' : ''}`;
    const name = `${pair.scenario} / ${pair.theirs.name}`;
    if (pair.theirs.name === 'bare express') ratio(name, pair.rate, 0.6, detail);
    else goals.push({ name, unit: '×', value: pair.rate.median, isUsable: pair.rate.isUsable, detail });
  }
  const [own] = results.http;
  if (own) {
    goals.push({
      name: `${own.scenario}, p99 at 64 connections`,
      unit: 'ms',
      value: own.ours.p99,
      atMost: 20,
    });
    goals.push({
      name: `${own.scenario}, mean server time`,
      unit: 'ms',
      value: results.serverMs,
      atMost: 0.5,
    });
  }
  for (const share of results.compute) {
    const name = `64 new molecules / ${share.name}`;
    const detail = `${whole(share.ours)}/s against ${whole(share.limit)}/s`;
    if (share.name.startsWith('chemistry')) ratio(name, share.ratio, 0.9, detail);
    else goals.push({ name, unit: '×', value: share.ratio.median, isUsable: share.ratio.isUsable, detail });
  }
  if (results.generation) {
    for (const { name, rate, atLeast } of results.generation.rates) {
      goals.push({
        name: `generation, ${name}`,
        unit: '/s',
        value: rate,
        ...(atLeast === undefined ? {} : { atLeast }),
      });
    }
    for (const share of results.generation.loops) {
      ratio(
        `generation / ${share.name}`,
        share.ratio,
        3,
        `${whole(share.ours)}/s against ${whole(share.limit)}/s`,
      );
    }
  }
  if (results.jobs) {
    const { accepted, chunks, refused } = results.jobs;
    const detail = `${accepted.ratio.median.toFixed(2)} of ${whole(accepted.limit)}/s of BullMQ alone; ${whole(refused)} refused`;
    goals.push({ name: 'small jobs accepted', unit: '/s', value: accepted.ours, atLeast: 1000, detail });
    ratio(
      'a large job / the same molecules straight',
      chunks.ratio,
      0.95,
      `${whole(chunks.ours)}/s against ${whole(chunks.limit)}/s`,
    );
  }
  if (results.overload) goals.push(...overloadGoals(results.overload));
  for (const [service, megabytes] of Object.entries(results.memory)) {
    const atMost = memoryBars[service];
    goals.push({
      name: `${service} under load`,
      unit: 'MB',
      value: megabytes,
      ...(atMost === undefined ? {} : { atMost }),
    });
  }
  goals.push({ name: 'second start to ready', unit: 's', value: results.startSeconds, atMost: 5 });
  return goals;
}

function overloadGoals(found: Overload): Goal[] {
  const full = found.clientLoad > 0.9 ? '; the client was full' : '';
  return [
    {
      name: 'answered at 3× the peak / peak',
      unit: '×',
      value: found.goodput,
      atLeast: 0.95,
      detail: `${whole(found.offered)}/s offered, ${found.refused} refused, ${found.failed} failed${full}`,
    },
    {
      name: 'p99 of answers at 3× the peak / unloaded',
      unit: '×',
      value: found.p99 / found.unloadedP99,
      atMost: 3,
      detail: `${found.p99.toFixed(1)} ms against ${found.unloadedP99.toFixed(1)} ms`,
    },
    { name: 'after the spike, until nothing waits', unit: 's', value: found.recoverySeconds, atMost: 2 },
  ];
}

function msOf({ ours, theirs }: Pair): string {
  return `${theirs.p99.toFixed(1)} ms against ${ours.p99.toFixed(1)} ms`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
