import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inferenceService } from '@sillage/contracts';
import {
  type Fleet,
  HttpClient,
  localApiKey,
  send,
  startFleet,
  startLoneInference,
  trialMolecule,
} from '@sillage/fleet';
import { GrpcClient } from '@sillage/kit';
import { cpuSeconds, familyOf } from '../processes.ts';
import { startRedis } from '../redis.ts';

/** What a request costs the parts of the fleet around inference, processor milliseconds. */
export interface FleetCosts {
  readonly gatewayMs: number;
  /** The same, answered from the gateway's cache. */
  readonly cachedMs: number;
  readonly redisMs: number;
  readonly postgresMs: number;
  readonly authMs: number;
  readonly connectMs: number;
  /** Until the gateway, and a worker, is ready, seconds. */
  readonly gatewayStartS: number;
  readonly workerStartS: number;
  /** Molecules a second of prediction jobs, with one worker and inference, and with two of both. */
  readonly workers: readonly { readonly pairs: number; readonly perS: number }[];
  /** Molecules of one chunk. */
  readonly chunkMolecules: number;
}

const molecules = 8;
const callers = 4;
const jobMolecules = 6000;
/** packages/jobs/src/chunking.ts. */
const chunkMolecules = 256;

/** A fleet on Redis with one thread of inference, asked through its gateway. */
export async function measureFleetCosts(
  seconds: number,
  onEvent: (text: string) => void,
): Promise<FleetCosts> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-scale-'));
  const redis = await startRedis(dataDir);
  try {
    const env = { LOG_LEVEL: 'info', MAX_WORKERS: '1', OVERLOAD_DELAY_MS: '0' };
    const options = { dataDir: join(dataDir, 'fleet'), port: 0, host: '127.0.0.1', redisUrl: redis.url, env };
    const fleet = await startFleet(options);
    try {
      const key = await localApiKey(fleet);
      await drive(fleet, key, { seconds, isFresh: true });
      const idle = await idleCost(fleet, seconds, redis.process);
      const fresh = await drive(fleet, key, { seconds, isFresh: true }, { redis: redis.process, idle });
      const cached = await drive(fleet, key, { seconds, isFresh: false }, { redis: redis.process, idle });
      onEvent(`fleet: ${fresh.requests} requests of new molecules, ${cached.requests} from the cache`);
      const gatewayStartS = await startAnother(fleet, 'gateway', { PORT: '0', GRPC_PORT: '0' });
      return {
        gatewayMs: fresh.gateway,
        cachedMs: cached.gateway,
        redisMs: fresh.redis,
        postgresMs: fresh.postgres,
        authMs: fresh.auth,
        connectMs: await measureConnect(fleet.targets.inference),
        gatewayStartS,
        ...(await measureWorkers(fleet, key, onEvent)),
        chunkMolecules,
      };
    } finally {
      await fleet.stop();
    }
  } finally {
    redis.process.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Costs {
  readonly gateway: number;
  readonly auth: number;
  readonly redis: number;
  readonly postgres: number;
}

/** Processor time so far, seconds. */
function costs({ processes, postgres }: Fleet, redis: ChildProcess | undefined): Costs {
  return {
    gateway: cpuSeconds(processes.gateway.pid),
    auth: cpuSeconds(processes.auth.pid),
    redis: redis ? cpuSeconds(redis.pid) : 0,
    postgres: postgres ? familyOf(postgres.pid).reduce((sum, pid) => sum + safely(pid), 0) : 0,
  };
}

/** Processor seconds a second of a fleet that nobody asks. */
async function idleCost(fleet: Fleet, seconds: number, redis: ChildProcess): Promise<Costs> {
  const before = costs(fleet, redis);
  await delay(seconds * 1000);
  const after = costs(fleet, redis);
  const each = (name: keyof Costs) => (after[name] - before[name]) / seconds;
  return { gateway: each('gateway'), auth: each('auth'), redis: each('redis'), postgres: each('postgres') };
}

/** Requests by a few callers; processor time of each part, a request. */
async function drive(
  fleet: Fleet,
  key: string,
  { seconds, isFresh }: { readonly seconds: number; readonly isFresh: boolean },
  around?: { readonly redis: ChildProcess; readonly idle: Costs },
) {
  const client = new HttpClient({ url: fleet.url, key, connectionAgeMs: 60_000, timeoutMs: 30_000 });
  const before = costs(fleet, around?.redis);
  const began = performance.now();
  const endMs = performance.now() + seconds * 1000;
  const offset = Date.now() % 100_000_000;
  let requests = 0;
  const call = async () => {
    while (performance.now() < endMs) {
      const turn = isFresh ? requests : 0;
      requests += 1;
      await send('predict', turn, { client, offset: isFresh ? offset : 0, isFresh: true, molecules });
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  client.close();
  const after = costs(fleet, around?.redis);
  const ranS = (performance.now() - began) / 1000;
  // What it does without requests is not theirs.
  const each = (name: keyof Costs) =>
    Math.max(0, ((after[name] - before[name] - (around?.idle[name] ?? 0) * ranS) * 1000) / requests);
  return {
    requests,
    gateway: each('gateway'),
    auth: each('auth'),
    redis: each('redis'),
    postgres: each('postgres'),
  };
}

/** A process that has ended used what it used; we cannot see it any more. */
function safely(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch {
    return 0;
  }
}

/** Processor time of opening a connection, asking once and closing it, of our side; the other's is alike. */
async function measureConnect(target: string): Promise<number> {
  const once = async () => {
    const client = new GrpcClient({
      definition: inferenceService,
      target,
      peer: 'inference',
      timeoutMs: 5000,
    });
    await client.unary('ListModels', {});
    client.close();
  };
  for (let warm = 0; warm < 20; warm += 1) await once();
  const before = process.cpuUsage();
  const count = 100;
  for (let turn = 0; turn < count; turn += 1) await once();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

/** Another process of the kind; gives back the seconds until it is ready, and stops it unless it is kept. */
async function startAnother(
  fleet: Fleet,
  name: 'gateway' | 'worker',
  changes: Readonly<Record<string, string>>,
  keep?: (child: ChildProcess) => void,
): Promise<number> {
  const began = performance.now();
  const script = join(import.meta.dirname, `../../../services/${name}/dist/index.js`);
  const env = { ...fleet.environments[name], METRICS_PORT: '0', LOG_LEVEL: 'silent', ...changes };
  const child = fork(script, { env, stdio: 'ignore' });
  const isReady = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!isReady) throw new Error(`another ${name} did not start`);
  const seconds = (performance.now() - began) / 1000;
  if (keep) keep(child);
  else await stopped(child);
  return seconds;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

/** A job with one worker and one inference, then with a second pair beside them. */
async function measureWorkers(
  fleet: Fleet,
  key: string,
  onEvent: (text: string) => void,
): Promise<Pick<FleetCosts, 'workers' | 'workerStartS'>> {
  const first = await timeJob(fleet, key, 1);
  onEvent(`jobs: one worker ${Math.round(first)} molecules/s`);
  const inference = await startLoneInference(undefined, { MAX_WORKERS: '1', CACHE_MEMORY_MB: '0' });
  let worker: ChildProcess | undefined;
  try {
    const { target } = inference;
    const workerStartS = await startAnother(fleet, 'worker', { INFERENCE_TARGET: target }, (child) => {
      worker = child;
    });
    const second = await timeJob(fleet, key, 2);
    onEvent(`jobs: two workers ${Math.round(second)} molecules/s`);
    return {
      workerStartS,
      workers: [
        { pairs: 1, perS: first },
        { pairs: 2, perS: second },
      ],
    };
  } finally {
    if (worker) await stopped(worker);
    await inference.stop();
  }
}

/** Molecules a second of a prediction job, from its making to its end. */
async function timeJob(fleet: Fleet, key: string, turn: number): Promise<number> {
  const headers = { 'X-API-Key': key, 'Content-Type': 'application/json' };
  const smiles = Array.from({ length: jobMolecules }, (_, row) => {
    const molecule = trialMolecule(row + turn * 100_000);
    return molecule === 'C1CC' ? 'CCO' : molecule;
  });
  const began = performance.now();
  const made = await fetch(`${fleet.url}/api/v1/jobs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ kind: 'predict', input: { smiles } }),
  });
  if (made.status !== 202) throw new Error(`a job was not taken: ${await made.text()}`);
  const { id } = (await made.json()) as { id: string };
  const events = await fetch(`${fleet.url}/api/v1/jobs/${id}/events`, { headers: { 'X-API-Key': key } });
  for await (const text of (events.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    if (text.includes('"status":"succeeded"')) break;
    if (/"status":"(failed|cancelled)"/.test(text)) throw new Error('a job of the bench failed');
  }
  return jobMolecules / ((performance.now() - began) / 1000);
}
