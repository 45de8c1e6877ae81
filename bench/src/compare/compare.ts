import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { findRedis } from '@sillage/fleet';
import { realMolecules } from '../molecules.ts';
import { type Goal, printGoals } from '../report.ts';
import { disagreement, type Row } from './agreement.ts';
import {
  type Contender,
  peerEnvironment,
  peers,
  rowsOf,
  type Sillage,
  startPeer,
  startSillage,
} from './contenders.ts';
import { measureGeneration } from './generation.ts';
import { measureJobs } from './jobs.ts';
import { serverTime, shareOfCompute, shareOfHttp } from './limits.ts';
import { batch, cached, comparePair, type Pair, single } from './pairs.ts';
import { preparePeers, prepareTorch } from './peers-environment.ts';
import { floors, goalsOf, type Results } from './results.ts';
import { LoadClient, type Setting, takeCores } from './setting.ts';
import { overload, sweep } from './sweeps.ts';
import { writeReport } from './write.ts';

/** Keys of the pro tier that requests come with in turn: together 960,000 an hour. */
const keys = 96;
const comparedMolecules = 64;
/** Of Sillage's own peak: where the times of answers are compared. */
const comparedShare = 0.7;
const seconds = { quick: 1.5, whole: 3 };
const blocks = { quick: 2, whole: 3 };

type Found = { -readonly [Name in keyof Results]: Results[Name] };
interface Options {
  readonly isQuick: boolean;
  /** Names of the peers to compare with; absent: all, or those of the quick run. */
  readonly only: readonly string[] | undefined;
  /** Seconds of one measurement; absent: what gives figures. */
  readonly seconds: number | undefined;
}

/**
 * Sillage beside its peers and beside the limit. The whole run writes docs/performance.md; the quick one prints alone.
 * @returns whether nothing was lost: no contender's answers differ, and every goal is held (quick: no ratio is under its floor)
 */
export async function compare(options: Options): Promise<boolean> {
  const { isQuick } = options;
  chosen(options);
  const started = Date.now();
  const onEvent = (text: string) =>
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}\n`);
  const python = preparePeers(isQuick, onEvent);
  const torch = isQuick ? undefined : prepareTorch(python, onEvent);
  const cores = takeCores();
  if (!cores.isPinned) onEvent('one core or no taskset: client and servers share what there is');
  const setting: Setting = {
    cores,
    client: await LoadClient.start(cores),
    molecules: (await realMolecules()).slice(0, 8192),
    isQuick,
    seconds: options.seconds ?? (isQuick ? seconds.quick : seconds.whole),
    blocks: isQuick ? blocks.quick : blocks.whole,
    onEvent,
  };
  const results = emptyResults(cores);
  // What runs ends with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  try {
    const sillage = await startSillage(cores, { caches: false, keys, timesStart: false });
    try {
      await withoutCaches(setting, sillage, results, { ...options, python, torch });
    } finally {
      await sillage.stop();
    }
    const caching = await startSillage(cores, { caches: true, keys, timesStart: true });
    try {
      await withCaches(setting, caching, results, { ...options, python });
    } finally {
      await caching.stop();
    }
  } finally {
    await setting.client.stop();
  }
  const goals = goalsOf(results);
  printGoals(goals);
  for (const { name, reason } of results.refused) console.log(`NOT COMPARED: ${name}: ${reason}`);
  if (!isQuick) writeReport(results, goals);
  for (const goal of goals.filter((one) => isLost(one, isQuick))) {
    console.log(
      `LOST: ${goal.name}, ${goal.value.toFixed(2)}${isQuick ? ` under its floor of ${floors[goal.name]}` : ''}`,
    );
  }
  onEvent('done');
  return results.refused.length === 0 && goals.every((goal) => !isLost(goal, isQuick));
}

/** Only ratios with a floor are lost in the quick run: times and rates say nothing on a shared machine. */
function isLost(goal: Goal, isQuick: boolean): boolean {
  if (goal.isUsable === false) return false;
  return isQuick ? goal.value < (floors[goal.name] ?? Number.NEGATIVE_INFINITY) : goal.isHeld === false;
}

interface WithPython extends Options {
  readonly python: string;
}

/** Every molecule is new to everyone. */
async function withoutCaches(
  setting: Setting,
  sillage: Sillage,
  results: Found,
  options: WithPython & { readonly torch: string | undefined },
): Promise<void> {
  const { isQuick, onEvent } = setting;
  onEvent('Sillage is ready');
  const ours = await rowsOf(sillage, setting.molecules.slice(0, comparedMolecules));
  results.compute = await shareOfCompute(setting, sillage);
  let peak = 0;
  for (const peer of chosen(options)) {
    const contender = await orRefuse(results, peer.name, () =>
      startPeer(peer, { cores: setting.cores, python: options.python, caches: false }),
    );
    if (!contender) continue;
    try {
      if (!(await agrees(setting, ours, contender, results))) continue;
      const pair = await comparePair(setting, single, sillage, contender);
      peak = Math.max(peak, pair.ours.rate);
      results.pairs = [...results.pairs, pair, await comparePair(setting, batch, sillage, contender)];
      if (!isQuick) {
        results.pairs = [...results.pairs, await compareTimes(setting, sillage, contender, pair.ours.rate)];
        results.sweeps = [...results.sweeps, await sweep(setting, contender, pair.theirs.rate)];
      }
    } finally {
      await contender.stop();
    }
  }
  if (!isQuick && peak > 0) {
    results.sweeps = [await sweep(setting, sillage, peak), ...results.sweeps];
    results.overload = await overload(setting, sillage, peak);
  }
  results.generation = await measureGeneration(setting, sillage.ready.inferenceTarget, {
    onnx: options.python,
    torch: options.torch,
  });
  const { redisUrl } = sillage.ready;
  if (isQuick) onEvent('jobs are left to the whole run');
  else if (redisUrl !== undefined) results.jobs = await measureJobs(setting, sillage, redisUrl);
  else onEvent('jobs are left out: there is no redis-server');
  results.memory = memoryOf(sillage);
}

/** At a rate that Sillage bears well, what others do. */
async function compareTimes(
  setting: Setting,
  sillage: Sillage,
  contender: Contender,
  peak: number,
): Promise<Pair> {
  const scenario = { ...single, name: 'p99 at 70 % of our peak', rate: comparedShare * peak };
  return comparePair(setting, scenario, sillage, contender, 1);
}

/** What is asked again is kept. */
async function withCaches(
  setting: Setting,
  sillage: Sillage,
  results: Found,
  options: WithPython,
): Promise<void> {
  const ours = await rowsOf(sillage, setting.molecules.slice(0, comparedMolecules));
  const before = await serverTime(sillage.ready.gatewayMetrics);
  results.http = await shareOfHttp(setting, sillage);
  const after = await serverTime(sillage.ready.gatewayMetrics);
  results.serverMs = ((after.seconds - before.seconds) / (after.count - before.count)) * 1000;
  for (const peer of chosen(options).filter(({ folder }) => ['fastapi', 'express'].includes(folder))) {
    const contender = await orRefuse(results, peer.name, () =>
      startPeer(peer, { cores: setting.cores, python: options.python, caches: true }),
    );
    if (!contender) continue;
    try {
      if (!(await agrees(setting, ours, contender, results))) continue;
      results.pairs = [...results.pairs, await comparePair(setting, cached, sillage, contender)];
    } finally {
      await contender.stop();
    }
  }
  results.startSeconds = sillage.ready.startSeconds;
}

function chosen({ isQuick, only }: Options) {
  const unknown = only?.find((name) => !peers.some(({ folder }) => folder === name));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is no peer: write ${peers.map(({ folder }) => folder).join(', ')}`);
  }
  return peers.filter(({ folder, inQuick }) => (only ? only.includes(folder) : inQuick || !isQuick));
}

async function agrees(
  setting: Setting,
  ours: readonly Row[],
  contender: Contender,
  results: Found,
): Promise<boolean> {
  const molecules = setting.molecules.slice(0, comparedMolecules);
  const reason =
    disagreement(ours, await rowsOf(contender, molecules), molecules) ??
    disagreement(ours.slice(0, 1), await rowsOf(contender, molecules.slice(0, 1)), molecules);
  if (reason === undefined) {
    setting.onEvent(`${contender.name} answers as Sillage does`);
    return true;
  }
  results.refused = [...results.refused, { name: contender.name, reason: `its answers differ: ${reason}` }];
  return false;
}

async function orRefuse<T>(results: Found, name: string, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.refused = [...results.refused, { name, reason }];
    return undefined;
  }
}

function memoryOf({ ready: { pids } }: Sillage): Record<string, number> {
  const services = ['gateway', 'inference', 'worker'];
  const found: Record<string, number> = {};
  for (const name of services) {
    try {
      const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pids[name]}/status`, 'utf8'));
      found[name] = Number(match?.[1]) / 1024;
    } catch {
      // No /proc here.
    }
  }
  return found;
}

function emptyResults(cores: Results['cores']): Found {
  const { name, version } = JSON.parse(peerEnvironment()['ODOUR_MANIFEST'] ?? '{}');
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${processors.length} cores, ${processors[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}${findRedis() ? ', Redis' : ''}`,
    cores,
    model: `${name} ${version}`,
    refused: [],
    pairs: [],
    compute: [],
    http: [],
    serverMs: Number.NaN,
    sweeps: [],
    overload: undefined,
    generation: undefined,
    jobs: undefined,
    memory: {},
    startSeconds: Number.NaN,
  };
}
