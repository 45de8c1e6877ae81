import { type FleetInstance, type FleetJson, type FleetService, opsService } from '@sillage/contracts';
import type { PoolTarget } from '@sillage/inference-client';
import { heartbeatMs, type JobService } from '@sillage/jobs';
import { GrpcClient, type SelfReport } from '@sillage/kit';
import { addressesOf } from './tensor-pools.ts';

export interface FleetViewOptions {
  readonly authTarget: string;
  readonly sensorsTarget: string;
  readonly inferenceTargets: readonly PoolTarget[];
  readonly jobs: Pick<JobService, 'processes' | 'backlog'>;
}

type Named = Pick<FleetService, 'name' | 'pool'>;

/** Longest that a process is waited for, milliseconds. */
const askTimeoutMs = 2500;
/** A process that reports by itself and has not for so long is away. */
const silentMs = 4 * heartbeatMs;
/** Pods of one service that are asked. */
const maxPods = 50;

/**
 * How every process of the fleet is: pods of services with a gRPC server are asked, each by its address; gateways and
 * workers report by themselves.
 */
export class FleetView {
  readonly #options: FleetViewOptions;

  constructor(options: FleetViewOptions) {
    this.#options = options;
  }

  async look(): Promise<FleetJson> {
    const { authTarget, sensorsTarget, inferenceTargets, jobs } = this.#options;
    const several = inferenceTargets.length > 1;
    const [seen, backlog, ...asked] = await Promise.all([
      jobs.processes(),
      jobs.backlog(),
      ask({ name: 'auth', pool: null }, authTarget),
      ...inferenceTargets.map(({ name, target }) =>
        ask({ name: 'inference', pool: several ? name : null }, target),
      ),
      ask({ name: 'sensors', pool: null }, sensorsTarget),
    ]);
    const reported = (name: 'gateway' | 'worker') =>
      serviceOf(
        { name, pool: null },
        seen
          .filter(({ report }) => report.service === name)
          .map(({ report, silentMs: silence }) => present(report, silence)),
      );
    const jobsIn = (state: string) => backlog.find((row) => row.state === state);
    return {
      services: [reported('gateway'), ...asked, reported('worker')],
      queue: {
        chunks: (jobsIn('queued')?.chunks ?? 0) + (jobsIn('running')?.chunks ?? 0),
        oldest_s: Math.round(jobsIn('queued')?.still ?? 0),
        jobs: {
          queued: jobsIn('queued')?.jobs ?? 0,
          running: jobsIn('running')?.jobs ?? 0,
          paused: jobsIn('paused')?.jobs ?? 0,
        },
      },
    };
  }
}

/** Every pod behind a target; one that does not answer is left out. */
async function ask(service: Named, target: string): Promise<FleetService> {
  const addresses = (await addressesOf(target)).slice(0, maxPods);
  const answers = await Promise.allSettled(addresses.map(askOne));
  return serviceOf(
    service,
    answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
  );
}

async function askOne(target: string): Promise<FleetInstance> {
  const client = new GrpcClient({ definition: opsService, target, peer: 'ops', timeoutMs: askTimeoutMs });
  try {
    return present(await client.unary('Describe', {}), 0);
  } finally {
    client.close();
  }
}

function present(report: SelfReport, silence: number): FleetInstance {
  return {
    instance: report.instance,
    version: report.version,
    started_at: report.startedAt,
    ready: report.isReady && silence < silentMs,
    silent_ms: Math.round(silence),
    checks: report.checks.map(({ name, isOk, isVital, detail }) => ({
      ...{ name, ok: isOk, vital: isVital },
      detail: detail || null,
    })),
  };
}

function serviceOf(service: Named, instances: readonly FleetInstance[]): FleetService {
  return { ...service, state: stateOf(instances), instances: [...instances] };
}

function stateOf(instances: readonly FleetInstance[]): FleetService['state'] {
  const heard = instances.filter((one) => one.silent_ms < silentMs);
  if (heard.length === 0) return 'away';
  if (!heard.some(({ ready }) => ready)) return 'not_ready';
  const isWhole = instances.every(({ ready, checks }) => ready && checks.every(({ ok }) => ok));
  return isWhole ? 'ready' : 'impaired';
}
