import type { AuthServiceDefinition } from '@sillage/contracts';
import { isFinal, type Job, type JobService, type NewJob } from '@sillage/jobs';
import { AppError, Grouped, type GrpcClient, type Log, reasonOf } from '@sillage/kit';
import type { Caller } from '../http/exchange.ts';
import { isMetered, quotaExceeded, toStanding } from './quotas.ts';

const sweepMs = 15_000;
const chargesASweep = 1000;
const closesAtOnce = 100;
const tenantsAtOnce = 16;
/** A charge this old whose job is not there was for a job that could not be made. */
const lostAfterS = 300;

export interface JobChargesOptions {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly jobs: Pick<JobService, 'getMany'>;
  readonly log: Log;
}

/**
 * What jobs are charged: all their molecules before they are made, and what they did not do is given back when they
 * have ended. The charges are kept by auth and every gateway looks after them, so none is forgotten with a gateway.
 */
export class JobCharges {
  readonly #options: JobChargesOptions;
  readonly #timer: NodeJS.Timeout;
  /** Whether a job of the tenant has ended since somebody looked: however many ask, it is looked once. */
  readonly #looking = new Grouped<string, boolean>({
    most: tenantsAtOnce,
    run: async (tenants) => {
      const distinct = [...new Set(tenants)];
      const found = await Promise.all(
        distinct.map((tenantId) => this.#closeEnded({ tenantId, limit: chargesASweep, notSeenForS: 0 })),
      );
      return tenants.map((tenant) => (found[distinct.indexOf(tenant)]?.closed ?? 0) > 0);
    },
  });

  constructor(options: JobChargesOptions) {
    this.#options = options;
    // Gateways that started together should not sweep together.
    this.#timer = setInterval(() => void this.#sweep(), sweepMs * (0.75 + Math.random() / 2));
    this.#timer.unref();
  }

  /** What asks for a new job of this caller. */
  admission(caller: Caller): NonNullable<NewJob['admit']> {
    return async ({ id, rows }) => {
      await this.#open(caller, id, rows);
      return () => this.#close(caller, id, 0);
    };
  }

  /** Charges what a job that has ended has still to do, does `work`, and takes the charge back where that rejects. */
  async again(caller: Caller, job: Job, work: () => Promise<Job>): Promise<Job> {
    if (!isFinal(job.state)) return work();
    const done = answeredBy(job);
    await this.#close(caller, job.id, done);
    await this.#open(caller, job.id, job.total - done);
    try {
      return await work();
    } catch (error) {
      await this.#close(caller, job.id, done);
      throw error;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Throws quota_exceeded when the month has not so many left or the tenant has as many jobs as it may. */
  async #open(caller: Caller, jobId: string, molecules: number): Promise<void> {
    if (!isMetered(caller)) return;
    const { auth } = this.#options;
    const { tenantId, keyId = '' } = caller;
    const charge = { tenantId, keyId, jobId, molecules };
    let answer = await auth.unary('OpenJobCharge', charge);
    if (answer.outcome === 'OUTCOME_TOO_MANY_JOBS') {
      if (await this.#looking.add(tenantId)) answer = await auth.unary('OpenJobCharge', charge);
    }
    switch (answer.outcome) {
      case 'OUTCOME_CHARGED':
        return;
      case 'OUTCOME_TOO_MANY_JOBS':
        throw new AppError(
          'quota_exceeded',
          `a tenant of this tier may have ${answer.maxOpenJobs} jobs that have not ended; wait for one to end, or cancel one`,
          {
            retryAfterS: 5,
            extra: { quota: { name: 'concurrent_jobs', limit: answer.maxOpenJobs, used: answer.openJobs } },
          },
        );
      default:
        throw quotaExceeded(toStanding(answer.quota), molecules);
    }
  }

  /** The job has ended with so many molecules done. Left undone, a sweep of any gateway does it. */
  async #close(caller: Caller, jobId: string, done: number): Promise<void> {
    if (!isMetered(caller)) return;
    await this.#options.auth.unary('CloseJobCharge', { jobId, done }).catch((error: unknown) => {
      this.#options.log.warn({ jobId, reason: reasonOf(error) }, 'charge of a job not closed yet');
    });
  }

  async #sweep(): Promise<void> {
    try {
      const ask = { tenantId: '', limit: chargesASweep, notSeenForS: sweepMs / 1000 };
      while ((await this.#closeEnded(ask)).seen === chargesASweep);
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'charges of jobs not looked at');
    }
  }

  async #closeEnded(ask: { tenantId: string; limit: number; notSeenForS: number }) {
    const { auth, jobs } = this.#options;
    const { charges } = await auth.unary('ListOpenJobCharges', ask);
    const found = new Map(
      (await jobs.getMany(charges.map(({ jobId }) => jobId))).map((job) => [job.id, job]),
    );
    const ended = charges.flatMap(({ jobId, ageS }) => {
      const job = found.get(jobId);
      if (job) return isFinal(job.state) ? { jobId, done: answeredBy(job) } : [];
      return ageS > lostAfterS ? { jobId, done: 0 } : [];
    });
    // Auth does those together that come together.
    for (let start = 0; start < ended.length; start += closesAtOnce) {
      const some = ended.slice(start, start + closesAtOnce);
      await Promise.all(some.map((charge) => auth.unary('CloseJobCharge', charge)));
    }
    return { seen: charges.length, closed: ended.length };
  }
}

/** Molecules that came of a job. */
function answeredBy({ done, failed, summary }: Job): number {
  return summary.shortfall?.found ?? done - failed;
}
