import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authService } from '@sillage/contracts';
import { type Fleet, HttpClient, localApiKey, runLoad, send, startFleet } from '@sillage/fleet';
import { GrpcClient } from '@sillage/kit';
import { chart } from './compare/plot.ts';
import { table, taken, writeBeside, writeFigures } from './pages.ts';
import { cpuSeconds } from './processes.ts';
import { type Goal, percentile } from './report.ts';

/** New molecules of a request. */
const molecules = 32;
const spikeFactor = 3;
const calmPart = 0.25;
/** Times of the spike within this are of the gate learning what there is, milliseconds. */
const learningMs = 2000;
const noEvents = { generate: 0, events: 0 };

interface Ended {
  /** From the beginning of the run, milliseconds. */
  readonly dueMs: number;
  readonly ms: number;
  readonly failure: string | undefined;
}

/** An open loop at three times the measured peak, from calm to calm. */
export async function measureOverload(seconds: number): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-overload-'));
  try {
    const env = { LOG_LEVEL: 'warn', OVERLOAD_DELAY_MS: '50' };
    const fleet = await startFleet({ dataDir, port: 0, host: '127.0.0.1', env });
    try {
      return await measure(fleet, seconds);
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(fleet: Fleet, seconds: number): Promise<Goal[]> {
  const key = await localApiKey(fleet);
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  await closedLoop(fleet.url, key, 8, seconds);
  const cpu = () => Object.values(fleet.processes).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  let [peak, peakPerCpuS] = [0, 0];
  for (const callers of [4, 8, 16]) {
    const before = cpu();
    const perS = await closedLoop(fleet.url, key, callers, seconds);
    if (perS > peak) [peak, peakPerCpuS] = [perS, (perS * seconds) / (cpu() - before)];
  }
  tell(`peak: ${peak.toFixed(1)} requests/s of ${molecules} new molecules`);
  const calm = await openLoop(fleet.url, key, { perS: calmPart * peak, seconds: seconds * 2, fromMs: 0 });
  const unloaded = percentile(
    calm.map(({ ms }) => ms),
    0.99,
  );
  tell(`unloaded: p99 ${unloaded.toFixed(1)} ms`);

  const spikeMs = seconds * 2000;
  const cpuBefore = cpu();
  const began = performance.now();
  const spiking = openLoop(fleet.url, key, { perS: spikeFactor * peak, seconds: spikeMs / 1000, fromMs: 0 });
  await until(began + spikeMs);
  const spikeCpuS = cpu() - cpuBefore;
  const after = await openLoop(fleet.url, key, {
    perS: calmPart * peak,
    seconds: Math.max(5, seconds),
    fromMs: spikeMs,
  });
  const spike = await spiking;
  const limited = spike.filter(({ dueMs }) => dueMs >= learningMs);
  const good = limited.filter(({ failure }) => failure === undefined);
  const goodput = good.length / ((spikeMs - learningMs) / 1000);
  const accepted = percentile(
    good.map(({ ms }) => ms),
    0.99,
  );
  const first = spike.filter(({ dueMs, failure }) => dueMs < learningMs && failure === undefined);
  const learning = percentile(
    first.map(({ ms }) => ms),
    0.99,
  );
  const refusals = limited.filter(({ failure }) => failure !== undefined);
  const refused =
    refusals.length === 0
      ? 0
      : percentile(
          refusals.map(({ ms }) => ms),
          0.5,
        );
  const wrong = [...spike, ...after].filter(({ failure }) => failure && !failure.includes('503'));
  const troubled = after.filter(({ failure, ms }) => failure !== undefined || ms > 3 * unloaded);
  const recoveredS = Math.max(0, ...troubled.map(({ dueMs }) => (dueMs - spikeMs) / 1000));
  tell(`spike: goodput ${goodput.toFixed(1)}/s, accepted p99 ${accepted.toFixed(1)} ms`);

  const all = spike.filter(({ failure }) => failure === undefined).length;
  const tiers = await measureTiers(fleet, peak, seconds);
  const goals: Goal[] = [
    {
      name: 'goodput at 3 × peak / peak',
      unit: '',
      value: goodput / peak,
      atLeast: 0.95,
      detail: `${goodput.toFixed(1)} of ${peak.toFixed(1)} requests/s`,
    },
    {
      name: 'the same by processor time of the fleet',
      unit: '',
      value: all / spikeCpuS / peakPerCpuS,
      detail: `${(all / spikeCpuS).toFixed(1)} of ${peakPerCpuS.toFixed(1)} requests a processor second: what refusals cost, whatever else the machine does`,
    },
    {
      name: 'accepted p99 / unloaded p99',
      unit: '×',
      value: accepted / unloaded,
      atMost: 3,
      detail: `${accepted.toFixed(1)} ms, unloaded ${unloaded.toFixed(1)} ms`,
    },
    { name: 'recovery after the spike', unit: 's', value: recoveredS, atMost: 2 },
    { name: 'answers that were neither right nor 503', unit: '', value: wrong.length, atMost: 0 },
    { name: 'time of a refusal, p50', unit: 'ms', value: refused },
    {
      name: 'enterprise served while pro floods',
      unit: '',
      value: tiers.enterprise,
      atLeast: 0.95,
      detail: `pro ${tiers.flood.toFixed(2)}`,
    },
    {
      name: 'modest tenant served while one floods',
      unit: '',
      value: tiers.modest,
      atLeast: 0.9,
      detail: `the flood of the same tier ${tiers.flood.toFixed(2)}`,
    },
  ];
  writeReport({ goals, peak, learning, series: [...spike, ...after], spikeMs });
  return goals;
}

/** Three tenants at the same time: one of pro at twice the peak, one of pro and one of enterprise at a tenth of it. */
async function measureTiers(fleet: Fleet, peak: number, seconds: number) {
  const auth = new GrpcClient({
    ...{ definition: authService, target: fleet.targets.auth, peer: 'auth', timeoutMs: 5000 },
  });
  const keyOf = async (name: string, tier: 'TIER_PRO' | 'TIER_ENTERPRISE') => {
    const { tenant } = await auth.unary('CreateTenant', { name, tier });
    return (await auth.unary('CreateKey', { tenantId: tenant?.id ?? '' })).secret;
  };
  const [flood, modest, enterprise] = [
    await keyOf('flood', 'TIER_PRO'),
    await keyOf('modest', 'TIER_PRO'),
    await keyOf('enterprise', 'TIER_ENTERPRISE'),
  ];
  auth.close();
  // Known before it begins: who was never let in comes last.
  for (const key of [flood, modest, enterprise]) await closedLoop(fleet.url, key, 1, 0.3);
  const share = async (key: string, part: number, fromMs: number) => {
    const ended = await openLoop(fleet.url, key, { perS: part * peak, seconds: seconds * 2, fromMs });
    const late = ended.filter(({ dueMs }) => dueMs - fromMs >= learningMs);
    return late.filter(({ failure }) => failure === undefined).length / Math.max(1, late.length);
  };
  const [first, second, third] = await Promise.all([
    share(flood, 2, 1_000_000),
    share(modest, 0.1, 2_000_000),
    share(enterprise, 0.1, 3_000_000),
  ]);
  return { flood: first, modest: second, enterprise: third };
}

/** Answers a second that so many callers get, each with one request at a time. */
async function closedLoop(url: string, key: string, callers: number, seconds: number): Promise<number> {
  const client = new HttpClient({ url, key, connectionAgeMs: 60_000, timeoutMs: 30_000 });
  const offset = Date.now() % 100_000_000;
  const began = performance.now();
  let turn = 0;
  let good = 0;
  const call = async () => {
    while (performance.now() - began < seconds * 1000) {
      turn += 1;
      const isRight = await send('predict', turn, { client, offset, isFresh: true, molecules }).then(
        () => true,
        () => false,
      );
      if (isRight) good += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  client.close();
  return good / ((performance.now() - began) / 1000);
}

async function openLoop(
  url: string,
  key: string,
  load: { readonly perS: number; readonly seconds: number; readonly fromMs: number },
): Promise<Ended[]> {
  const ended: Ended[] = [];
  await runLoad({
    ...{ url, key, seconds: load.seconds, rates: { predict: load.perS, ...noEvents } },
    ...{ isFresh: true, molecules, connectionAgeMs: 60_000 },
    onEnd: (_kind, { dueMs, ms, failure }) => ended.push({ dueMs: dueMs + load.fromMs, ms, failure }),
  });
  return ended;
}

function until(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, timeMs - performance.now())));
}

function writeReport(report: {
  readonly goals: readonly Goal[];
  readonly peak: number;
  readonly learning: number;
  readonly series: readonly Ended[];
  readonly spikeMs: number;
}): void {
  const { goals, peak, learning, series, spikeMs } = report;
  const perSecond = (isGood: boolean) => {
    const counts = new Map<number, number>();
    for (const { dueMs, failure } of series) {
      const second = Math.floor(dueMs / 1000);
      counts.set(second, (counts.get(second) ?? 0) + ((failure === undefined) === isGood ? 1 : 0));
    }
    return [...counts].sort((a, b) => a[0] - b[0]);
  };
  const svg = chart({
    title: `Answers and refusals, ${spikeFactor} × the peak until ${spikeMs / 1000} s`,
    ...{ x: 'second', y: 'a second' },
    series: [
      { name: 'answered', points: perSecond(true) },
      { name: 'refused', points: perSecond(false) },
      { name: 'peak', points: perSecond(true).map(([second]) => [second, peak] as const) },
    ],
  });
  writeBeside('docs/overload/spike.svg', svg);
  const text = [
    `Taken ${taken()}; requests of ${molecules} new molecules, the fleet, its Postgres and the client on the same cores. What the gate learns in the first ${learningMs / 1000} s of the spike is apart: p99 ${learning.toFixed(1)} ms.`,
    table(
      ['what', 'figure', 'goal', ''],
      goals.map(({ name, value, unit, atLeast, atMost, detail }) => [
        name,
        `${value.toFixed(2)} ${unit}`.trim(),
        atLeast === undefined ? (atMost === undefined ? '' : `≤ ${atMost}`) : `≥ ${atLeast}`,
        detail ?? '',
      ]),
    ),
    '![Answers and refusals by second](overload/spike.svg)',
  ].join('\n\n');
  writeFigures('docs/overload.md', 'npm run bench -- overload', text);
}
