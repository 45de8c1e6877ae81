import type { AuthServiceDefinition } from '@sillage/contracts';
import { isFinal, type Job, type JobService, type NewJob } from '@sillage/jobs';
import { AppError, type GrpcClient, type Log, reasonOf } from '@sillage/kit';
import type { Caller } from '../http/exchange.ts';
import { isMetered, quotaExceeded, toStanding } from './quotas.ts';

const sweepMs = 15_000;
const chargesASweep = 200;
/** A charge this old whose job is not there was for a job that could not be made. */
const lostAfterS = 300;

export interface JobChargesOptions {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly jobs: Pick<JobService, 'get'>;
  readonly log: Log;
}

/**
 * What jobs are charged: all their molecules before they are made, and what they did not do is given back when they
 * have ended. The charges are kept by auth and every gateway looks after them, so none is forgotten with a gateway.
 */
export class JobCharges {
  readonly #options: JobChargesOptions;
  readonly #timer: NodeJS.Timeout;

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
      // Some may have ended since somebody looked.
      await this.#closeEnded({ tenantId, limit: 1000, notSeenForS: 0 });
      answer = await auth.unary('OpenJobCharge', charge);
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
      await this.#closeEnded({ tenantId: '', limit: chargesASweep, notSeenForS: sweepMs / 1000 });
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'charges of jobs not looked at');
    }
  }

  async #closeEnded(ask: { tenantId: string; limit: number; notSeenForS: number }): Promise<void> {
    const { auth, jobs } = this.#options;
    const { charges } = await auth.unary('ListOpenJobCharges', ask);
    for (const { jobId, tenantId, ageS } of charges) {
      const done = await moleculesDone(jobs, tenantId, jobId, ageS > lostAfterS);
      if (done !== undefined) await auth.unary('CloseJobCharge', { jobId, done });
    }
  }
}

/** Molecules that came of a job. */
function answeredBy({ done, failed, summary }: Job): number {
  return summary.shortfall?.found ?? done - failed;
}

/** Undefined: the job has not ended. */
async function moleculesDone(
  jobs: Pick<JobService, 'get'>,
  tenantId: string,
  jobId: string,
  isOld: boolean,
): Promise<number | undefined> {
  try {
    const job = await jobs.get(tenantId, jobId);
    return isFinal(job.state) ? answeredBy(job) : undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return isOld ? 0 : undefined;
    throw error;
  }
}
