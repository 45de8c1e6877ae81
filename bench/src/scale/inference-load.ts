import { setTimeout as delay } from 'node:timers/promises';
import { type LoneInference, startLoneInference } from '@sillage/fleet';
import { cpuSeconds, pin } from '../processes.ts';
import { percentile } from '../report.ts';
import { exponential, seeded } from '../simulate/random.ts';

/** Processes of inference, each with one thread on a core of its own where the machine has so many. */
export class InferencePods {
  readonly pods: readonly LoneInference[];
  readonly #molecules: readonly string[];
  #next = 0;
  #turn = 0;

  private constructor(pods: readonly LoneInference[], molecules: readonly string[]) {
    this.pods = pods;
    this.#molecules = molecules;
  }

  /** Starts so many, one after another, and tells how long the last took to be ready, seconds. */
  static async start(
    count: number,
    cores: number,
    molecules: readonly string[],
  ): Promise<{ fleet: InferencePods; startS: number; isPinned: boolean }> {
    const pods: LoneInference[] = [];
    let startS = 0;
    let isPinned = true;
    for (let index = 0; index < count; index += 1) {
      const began = performance.now();
      pods.push(
        await startLoneInference(undefined, {
          ...{ MODELS: 'olfactory-base', MAX_WORKERS: '1' },
          // Without a cache every molecule is new, however often it was asked.
          ...{ CACHE_MEMORY_MB: '0', CACHE_WARM_ROWS: '0' },
        }),
      );
      startS = (performance.now() - began) / 1000;
      isPinned = pin(pods[index]?.process.pid, [index % cores]) && isPinned;
    }
    return { fleet: new InferencePods(pods, molecules), startS, isPinned };
  }

  /** One request of so many molecules, to each process in turn: how long it took, and what inference says of it. */
  async ask(
    molecules: number,
  ): Promise<{ ms: number; inferenceMs: number; totalMs: number; queueMs: number }> {
    const smiles = Array.from({ length: molecules }, () => {
      this.#next = (this.#next + 1) % this.#molecules.length;
      return this.#molecules[this.#next] ?? 'CCO';
    });
    this.#turn += 1;
    const pod = this.pods[this.#turn % this.pods.length];
    const began = performance.now();
    const answer = await pod?.client.unary('Predict', { smiles, topK: 5, include: [] });
    const { inferenceMs = 0, totalMs = 0, queueMs = 0 } = answer?.timing ?? {};
    return { ms: performance.now() - began, inferenceMs, totalMs, queueMs };
  }

  /** Processor time of all, seconds. */
  cpu(): number {
    return this.pods.reduce((sum, { process }) => sum + cpuSeconds(process.pid), 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.stop()));
  }
}

export interface Measured {
  readonly perS: number;
  readonly p50: number;
  readonly p95: number;
  /** Processor time a request: of inference, and of this client, milliseconds. */
  readonly cpuMs: number;
  readonly clientMs: number;
}

/** So many callers, each with one request at a time. */
export async function closedLoop(
  fleet: InferencePods,
  load: { readonly callers: number; readonly molecules: number; readonly seconds: number },
): Promise<Measured> {
  const latencies: number[] = [];
  const watch = watchCpu(fleet);
  const endMs = performance.now() + load.seconds * 1000;
  const call = async () => {
    while (performance.now() < endMs) latencies.push((await fleet.ask(load.molecules)).ms);
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: load.callers }, call));
  return summary(latencies, (performance.now() - began) / 1000, watch);
}

/** At random, so many a second, whatever the answers do; the time of an answer counts from when it was due. */
export async function openLoop(
  fleet: InferencePods,
  load: {
    readonly perS: number;
    readonly molecules: number;
    readonly seconds: number;
    readonly seed: number;
  },
): Promise<Measured> {
  const random = seeded(load.seed);
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const watch = watchCpu(fleet);
  const began = performance.now();
  for (let dueMs = 0; dueMs < load.seconds * 1000; dueMs += exponential(random, 1000 / load.perS)) {
    const wait = dueMs - (performance.now() - began);
    if (wait > 1) await delay(wait);
    const due = dueMs;
    pending.push(
      fleet.ask(load.molecules).then(() => {
        latencies.push(performance.now() - began - due);
      }),
    );
  }
  await Promise.all(pending);
  return summary(latencies, (performance.now() - began) / 1000, watch);
}

function watchCpu(fleet: InferencePods) {
  const [before, own] = [fleet.cpu(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(own);
    return { servers: (fleet.cpu() - before) * 1000, client: (user + system) / 1000 };
  };
}

function summary(
  latencies: readonly number[],
  seconds: number,
  watch: () => { readonly servers: number; readonly client: number },
): Measured {
  const { servers, client } = watch();
  return {
    perS: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    cpuMs: servers / latencies.length,
    clientMs: client / latencies.length,
  };
}
