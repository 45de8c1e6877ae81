import { type ChildProcess, fork } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { inferenceService } from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';

// Pods as processes of their own on 127.0.0.x, behind one name that is looked up as a headless service's is.

const host = 'inference.pods.test';
const script = join(import.meta.dirname, '../support/lone-pod.ts');
const realLookup = dns.lookup;
const addresses = new Set<string>();
const pods = new Map<string, ChildProcess>();
let port: number;
let client: GrpcClient<typeof inferenceService>;

beforeAll(async () => {
  Object.assign(dns, {
    lookup: (name: string, options: object) =>
      name === host
        ? Promise.resolve([...addresses].map((address) => ({ address, family: 4 })))
        : realLookup(name, options),
  });
  port = await freePort();
  await Promise.all(['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(startPod));
  client = new GrpcClient({
    definition: inferenceService,
    target: `dns:///${host}:${port}`,
    peer: 'inference',
    timeoutMs: 10_000,
  });
});
afterAll(async () => {
  client?.close();
  Object.assign(dns, { lookup: realLookup });
  await Promise.all([...pods.keys()].map(stopPod));
});

/** Ready, then in the service's addresses: the order of a cluster. */
async function startPod(address: string): Promise<void> {
  const pod = fork(script, {
    env: {
      ...{ HOST: address, GRPC_PORT: String(port), METRICS_PORT: '0', LOG_LEVEL: 'silent' },
      ...{ DRAIN_DELAY_MS: '500', SHUTDOWN_TIMEOUT_MS: '10000' },
    },
  });
  await once(pod, 'message');
  pods.set(address, pod);
  addresses.add(address);
}

/** Out of the addresses as it is told to stop. Resolves with its exit code. */
async function stopPod(address: string): Promise<number | null> {
  const pod = pods.get(address);
  pods.delete(address);
  addresses.delete(address);
  if (!pod) return null;
  const exited = once(pod, 'exit');
  pod.kill('SIGTERM');
  const [code] = await exited;
  return code;
}

let loads: { end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const load of loads) await load.end();
  loads = [];
});

/** Clients that ask without a pause; who answered is kept, and what failed. */
function startLoad(clients: number) {
  const ending = new AbortController();
  const failures: string[] = [];
  let answered: string[] = [];
  let answers = 0;
  const asking = Array.from({ length: clients }, async () => {
    while (!ending.signal.aborted) {
      try {
        const { molblocks } = await client.unary('DrawMolblocks', { smiles: ['C'] });
        answered.push(molblocks[0] ?? '');
        answers += 1;
      } catch (error) {
        failures.push(String(error instanceof Error ? error.message + error.cause : error));
        await delay(50);
      }
    }
  });
  const load = {
    failures,
    get answers() {
      return answers;
    },
    /** The next few hundred answers, by pod. */
    sample: async () => {
      answered = [];
      while (answered.length < 400) await delay(50);
      const counts = new Map<string, number>();
      for (const address of answered) counts.set(address, (counts.get(address) ?? 0) + 1);
      return counts;
    },
    end: async () => {
      ending.abort();
      await Promise.all(asking);
    },
  };
  loads.push(load);
  return load;
}

/** Most over mean, over the pods there are. */
function unevenness(counts: ReadonlyMap<string, number>): number {
  const shares = [...pods.keys()].map((address) => counts.get(address) ?? 0);
  return Math.max(...shares) / (shares.reduce((sum, share) => sum + share, 0) / shares.length);
}

test('load is even, a new pod has its share within 30 s, connections are renewed, and no call is lost', async () => {
  const load = startLoad(16);
  // Longer than a connection lasts.
  const streaming = readStream(170);
  expect(unevenness(await load.sample())).toBeLessThanOrEqual(1.3);
  await startPod('127.0.0.5');
  const started = performance.now();
  let ratio = Number.POSITIVE_INFINITY;
  while (ratio > 1.3 && performance.now() - started < 40_000) {
    ratio = unevenness(await load.sample());
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`a new pod has its share after ${seconds.toFixed(1)} s, most over mean ${ratio.toFixed(2)}`);
  expect(await streaming).toBe(170);
  await load.end();
  expect(load.failures).toEqual([]);
  expect(ratio).toBeLessThanOrEqual(1.3);
  expect(seconds).toBeLessThan(30);
}, 90_000);

test('pods restarted one after the other under load lose no call; a stream under way is finished', async () => {
  const load = startLoad(16);
  for (const address of ['127.0.0.2', '127.0.0.3']) {
    const streaming = readStream(20);
    await delay(300);
    expect(await stopPod(address)).toBe(0);
    await startPod(address);
    expect(await streaming).toBe(20);
  }
  await load.end();
  console.log(`${load.answers} calls while two pods were restarted, ${load.failures.length} failed`);
  expect(load.failures).toEqual([]);
}, 120_000);

/** Progress told by a stream that is read to its end. */
async function readStream(messages: number): Promise<number> {
  let told = 0;
  let isFinished = false;
  const request = { description: 'x', numMolecules: messages };
  for await (const event of client.stream('Generate', request, { timeoutMs: 60_000 })) {
    if (event.progress) told += 1;
    if (event.finished) isFinished = true;
  }
  return isFinished ? told : -1;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.2');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
