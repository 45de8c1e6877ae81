import { batches } from '../molecules.ts';
import { familyCpuSeconds } from '../processes.ts';
import type { Contender } from './contenders.ts';
import type { LoadFigures } from './load-task.ts';
import type { Setting } from './setting.ts';
import { type Block, inBlocks, mean, type Ratio, ratioOf } from './statistics.ts';

/** How a contender is asked. */
export interface Scenario {
  readonly name: string;
  /** Molecules of a request. */
  readonly perRequest: number;
  readonly connections: number;
  /** Requests a second, of an open loop; absent: a closed one. */
  readonly rate?: number;
  /** The same few molecules over and over, which caches hold. */
  readonly isCached?: boolean;
}

export const single: Scenario = { name: 'new molecules, one a request', perRequest: 1, connections: 64 };
export const batch: Scenario = { name: 'new molecules, 64 a request', perRequest: 64, connections: 4 };
export const cached: Scenario = {
  name: 'a molecule in the cache',
  perRequest: 1,
  connections: 64,
  isCached: true,
};

/** A client that used so much of its core may have been what was measured. */
const clientIsFull = 0.9;
const cachedMolecules = 16;
const warmSeconds = 1;
/** A window that is no faster than this times the best before ends the warming up, or so many windows. */
const stillGrowing = 1.1;
const mostWarmWindows = 6;

/** Figures of one contender: means over its measurements. */
export interface Side {
  readonly name: string;
  /** Molecules a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly clientLoad: number;
  /** Milliseconds of processor time of all its processes for a molecule; NaN where the system does not say. */
  readonly cpuMs: number;
}

export interface Pair {
  readonly scenario: string;
  readonly ours: Side;
  readonly theirs: Side;
  /** Ours over theirs, molecules a second. */
  readonly rate: Ratio;
  /** Theirs over ours, 99th percentile of the time of an answer. */
  readonly p99: Ratio;
  /** Theirs over ours, processor time of a molecule: what other work on the machine disturbs least. */
  readonly cpu: Ratio;
  readonly isClientBound: boolean;
}

export interface Measured extends LoadFigures {
  readonly cpuMs: number;
}

/** One measurement. */
export async function measure(
  setting: Setting,
  contender: Contender,
  scenario: Scenario,
  seconds = setting.seconds,
): Promise<Measured> {
  const molecules = scenario.isCached ? setting.molecules.slice(0, cachedMolecules) : setting.molecules;
  const before = cpuOf(contender);
  const figures = await setting.client.load({
    url: contender.url,
    bodies: [...batches(molecules, scenario.perRequest)].map(contender.body),
    keys: contender.keys,
    connections: scenario.connections,
    seconds,
    ...(scenario.rate === undefined ? {} : { rate: scenario.rate }),
  });
  const cpuMs = ((cpuOf(contender) - before) * 1000) / (figures.answered * scenario.perRequest);
  return { ...figures, cpuMs };
}

function cpuOf({ pid }: Contender): number {
  try {
    return pid === undefined ? Number.NaN : familyCpuSeconds(pid);
  } catch {
    return Number.NaN;
  }
}

/** Until machine code is made, pools are full and caches hold what they are to hold: the rate grows no more. */
export async function warm(setting: Setting, contender: Contender, scenario: Scenario): Promise<void> {
  const { rate: _, ...closed } = scenario;
  let last = 0;
  for (let window = 0; window < mostWarmWindows; window += 1) {
    const { rate } = await measure(setting, contender, closed, warmSeconds);
    if (rate < last * stillGrowing) return;
    last = Math.max(last, rate);
  }
}

/** Two contenders in blocks of ABBA. */
export async function comparePair(
  setting: Setting,
  scenario: Scenario,
  ours: Contender,
  theirs: Contender,
  blocks = setting.blocks,
): Promise<Pair> {
  await warm(setting, ours, scenario);
  await warm(setting, theirs, scenario);
  const found = await inBlocks(
    blocks,
    () => measure(setting, ours, scenario),
    () => measure(setting, theirs, scenario),
  );
  const inverse = found.map((one) => ({ ours: one.theirs, theirs: one.ours }));
  const [our, their] = [
    sideOf(ours.name, scenario, found, 'ours'),
    sideOf(theirs.name, scenario, found, 'theirs'),
  ];
  const pair: Pair = {
    scenario: scenario.name,
    ours: our,
    theirs: their,
    rate: ratioOf(found, ({ rate }) => rate),
    p99: ratioOf(inverse, ({ p99 }) => p99),
    cpu: ratioOf(inverse, ({ cpuMs }) => cpuMs),
    isClientBound: Math.max(our.clientLoad, their.clientLoad) > clientIsFull,
  };
  setting.onEvent(
    `${scenario.name}: ${our.rate.toFixed(0)}/s against ${their.rate.toFixed(0)}/s of ${theirs.name}, ` +
      `processor ${our.cpuMs.toFixed(2)} ms against ${their.cpuMs.toFixed(2)} ms, ` +
      `p99 ${our.p99.toFixed(1)} ms against ${their.p99.toFixed(1)} ms${pair.isClientBound ? ' (the client was full)' : ''}`,
  );
  return pair;
}

function sideOf(
  name: string,
  { perRequest }: Scenario,
  blocks: readonly Block<Measured>[],
  side: 'ours' | 'theirs',
): Side {
  const all = blocks.flatMap((one) => one[side]);
  const of = (figure: (one: Measured) => number) => mean(all.map(figure));
  return {
    name,
    rate: of(({ rate }) => rate) * perRequest,
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    failed: of(({ failed, refused }) => failed + refused),
    cpuMs: of(({ cpuMs }) => cpuMs),
    clientLoad: Math.max(...all.map(({ clientLoad }) => clientLoad)),
  };
}
