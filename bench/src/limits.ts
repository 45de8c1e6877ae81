import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, startFleet } from '@sillage/fleet';
import { createLog, sqlSchema } from '@sillage/kit';
import { makeKeys } from './keys.ts';
import type { Admitted, ClientTask } from './limiter-client.ts';
import { postRate } from './load.ts';
import { cpuSeconds } from './processes.ts';
import { startRedis } from './redis.ts';
import { type Goal, median, spread } from './report.ts';

const connections = 32;
const roundSeconds = 4;
/** Short ones in quick succession: what else the machine does then falls on both sides alike. */
const alternationsARound = 2;
const alternationSeconds = 2;
const warmTurns = 5;
/** Of the pro tier: together 960,000 requests an hour, more than all rounds send. */
const keyCount = 96;
/** Keys that two gateways decide about, most of them past their limit before the time is over. */
const contestedKeys = 400;
const contestedLimit = 100;

/** What authentication, limits, quotas and usage cost a cached predict, and how fast two gateways share limits. */
export async function measureLimits(rounds: number): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
  const redis = await startRedis(dataDir);
  try {
    const fleet = await startFleet({
      dataDir: join(dataDir, 'fleet'),
      port: 0,
      host: '127.0.0.1',
      redisUrl: redis.url,
      env: { LOG_LEVEL: 'info' },
    });
    try {
      const databaseUrl = fleet.postgres?.url ?? '';
      await migrateAdmissions(databaseUrl);
      return [
        ...(await measureOverhead(fleet, dataDir, rounds)),
        ...(await measureDecisions({ store: 'redis', url: redis.url })),
        ...(await measureDecisions({ store: 'postgres', url: databaseUrl })),
      ];
    } finally {
      await fleet.stop();
    }
  } finally {
    redis.process.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** A fleet with Redis has no tables for limits. */
async function migrateAdmissions(url: string): Promise<void> {
  const { log } = await createLog({ service: 'bench', level: 'silent' });
  const directory = join(import.meta.dirname, '../../services/gateway/migrations');
  await sqlSchema({ url, directory, schema: 'gateway' }).migrate(log);
}

/** The fleet's gateway with keys of a limited tier, and one beside it that asks for no key and limits nothing. */
async function measureOverhead(fleet: Fleet, dataDir: string, rounds: number): Promise<Goal[]> {
  const keys = await makeKeys(fleet, keyCount);
  const open = await startOpenGateway(fleet, dataDir);
  try {
    const body = JSON.stringify({ smiles: 'O=Cc1ccc(O)c(OC)c1', top_k: 5 });
    const common = { body, seconds: alternationSeconds, connections };
    const sides = {
      guarded: {
        load: { ...common, url: `${fleet.url}/api/v1/predict`, keys },
        pid: fleet.processes.gateway.pid,
      },
      open: { load: { ...common, url: `${open.url}/api/v1/predict` }, pid: open.process.pid },
    };
    // In turns, as they are measured: what the compiler has not seen yet falls into no round.
    for (let turn = 0; turn < warmTurns; turn += 1)
      for (const side of Object.values(sides)) await measureSide(side);
    const cpuRatios: number[] = [];
    const rateRatios: number[] = [];
    let last = '';
    for (let turn = 0; turn < rounds * alternationsARound; turn += 1) {
      // Whoever comes second is at a disadvantage on machines that slow down under load: each side is, once.
      const before = await measureSide(sides.guarded);
      const unguarded = mean(await measureSide(sides.open), await measureSide(sides.open));
      const guarded = mean(before, await measureSide(sides.guarded));
      cpuRatios.push(guarded.cpuUs / unguarded.cpuUs);
      rateRatios.push(unguarded.rate / guarded.rate);
      last = `last ${guarded.cpuUs.toFixed(0)} against ${unguarded.cpuUs.toFixed(0)} µs of the gateway’s processor`;
    }
    return [
      {
        name: 'predict, cached, guarded / open, cpu',
        unit: '×',
        value: median(cpuRatios),
        atMost: 1.25,
        detail: `${spread(cpuRatios)}; ${last}`,
      },
      {
        name: 'predict, cached, guarded / open, time',
        unit: '×',
        value: median(rateRatios),
        atMost: 1.25,
        detail: spread(rateRatios),
      },
    ];
  } finally {
    open.process.kill();
    await once(open.process, 'exit');
  }
}

interface Measured {
  rate: number;
  cpuUs: number;
}

const mean = (one: Measured, other: Measured): Measured => ({
  rate: (one.rate + other.rate) / 2,
  cpuUs: (one.cpuUs + other.cpuUs) / 2,
});

async function measureSide(side: {
  load: Parameters<typeof postRate>[0];
  pid: number | undefined;
}): Promise<Measured> {
  const before = cpuSeconds(side.pid);
  const rate = await postRate(side.load);
  return { rate, cpuUs: ((cpuSeconds(side.pid) - before) / (rate * side.load.seconds)) * 1e6 };
}

async function startOpenGateway(fleet: Fleet, dataDir: string) {
  // Node's own settings are the same: how large the young generation is decides about more than keys do.
  const child = fork(join(import.meta.dirname, '../../services/gateway/dist/index.js'), {
    execArgv: [...fleet.processes.gateway.nodeArguments],
    env: {
      ...fleet.environments.gateway,
      PORT: '0',
      GRPC_PORT: '0',
      METRICS_PORT: '0',
      LOG_FILE: join(dataDir, 'open-gateway.log'),
      API_KEY_REQUIRED: 'false',
      RATE_LIMIT_PER_MINUTE: '0',
    },
  });
  const message = await Promise.race([
    once(child, 'message').then(([ready]) => ready),
    once(child, 'exit').then(() => undefined),
  ]);
  if (message === undefined) throw new Error('the gateway without limits did not start');
  return { process: child, url: `http://127.0.0.1:${message.ports.http}` };
}

/** Two processes, each as a gateway would ask, about the same keys at the same time. */
async function measureDecisions(task: Pick<ClientTask, 'store' | 'url'>): Promise<Goal[]> {
  const script = join(import.meta.dirname, 'limiter-client.js');
  const prefix = `bench-${Date.now()}`;
  const whole: ClientTask = {
    ...task,
    prefix,
    keys: contestedKeys,
    limit: contestedLimit,
    seconds: roundSeconds,
    inFlight: 64,
  };
  const clients = [fork(script), fork(script)];
  try {
    const answers = await Promise.all(clients.map((client) => answerOf(client, whole)));
    const admitted = Array.from({ length: contestedKeys }, (_, key) =>
      answers.reduce((sum, answer) => sum + (answer.admitted[key] ?? 0), 0),
    );
    const over = admitted.reduce((sum, count) => sum + Math.max(0, count - contestedLimit), 0);
    const full = admitted.filter((count) => count >= contestedLimit).length;
    const rate = answers.reduce((sum, { decisions }) => sum + decisions, 0) / roundSeconds;
    const bar = task.store === 'redis' ? { atLeast: 5000 } : {};
    return [
      { name: `limits in ${task.store}, two gateways`, unit: '/s', value: rate, ...bar },
      {
        name: `limits in ${task.store}, let pass too many`,
        unit: '',
        value: over,
        atMost: 0,
        detail: `${full} of ${contestedKeys} keys reached their limit of ${contestedLimit}`,
      },
    ];
  } finally {
    for (const client of clients) client.kill();
  }
}

async function answerOf(client: ChildProcess, task: ClientTask): Promise<Admitted> {
  client.send(task);
  const [answer] = await once(client, 'message');
  return answer;
}
