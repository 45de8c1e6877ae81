import type { Contender } from './contenders.ts';
import { batch, measure, single } from './pairs.ts';
import type { Setting } from './setting.ts';

/** One contender under one load. */
export interface Point {
  readonly x: number;
  /** Molecules a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** What is plotted of a contender. */
export interface Sweeps {
  readonly name: string;
  /** By requests a second that were offered (open loop). */
  readonly latency: readonly Point[];
  /** By molecules of a request. */
  readonly batch: readonly Point[];
  /** By connections (closed loop). */
  readonly scaling: readonly Point[];
}

/** Shares of the contender's own peak that are offered. */
const shares = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1];
const sizes = [1, 4, 16, 64, 256];
const connections = [1, 4, 16, 64, 128];

/** The curves of one contender; `peak`: requests a second of one molecule that it answers at best. */
export async function sweep(setting: Setting, contender: Contender, peak: number): Promise<Sweeps> {
  const points = async (
    values: readonly number[],
    scenarioOf: (value: number) => typeof single,
  ): Promise<Point[]> => {
    const found: Point[] = [];
    for (const x of values) {
      const scenario = scenarioOf(x);
      const { rate, p50, p99 } = await measure(setting, contender, scenario);
      found.push({ x, rate: rate * scenario.perRequest, p50, p99 });
    }
    return found;
  };
  return {
    name: contender.name,
    latency: await points(
      shares.map((share) => share * peak),
      (rate) => ({ ...single, rate }),
    ),
    batch: await points(sizes, (perRequest) => ({ ...batch, perRequest })),
    scaling: await points(connections, (count) => ({ ...single, connections: count })),
  };
}

/** Load far beyond the peak, and what is left of the answers. */
export interface Overload {
  readonly offered: number;
  readonly peak: number;
  /** Answered a second of the time of the spike, over the peak. */
  readonly goodput: number;
  readonly refused: number;
  readonly failed: number;
  readonly p99: number;
  readonly unloadedP99: number;
  /** From the end of the spike until nothing waits any more. */
  readonly recoverySeconds: number;
  readonly clientLoad: number;
}

const beyond = 3;
const unloadedShare = 0.1;

/** Three times the peak, offered whatever the answers do. */
export async function overload(setting: Setting, contender: Contender, peak: number): Promise<Overload> {
  const unloaded = await measure(setting, contender, { ...single, rate: peak * unloadedShare });
  const offered = peak * beyond;
  const spike = await measure(setting, contender, { ...single, rate: offered }, 2 * setting.seconds);
  return {
    offered,
    peak,
    goodput: spike.rate / peak,
    refused: spike.refused,
    failed: spike.failed,
    p99: spike.p99,
    unloadedP99: unloaded.p99,
    recoverySeconds: spike.drainSeconds,
    clientLoad: spike.clientLoad,
  };
}
