import type {
  Actor,
  AuthServiceDefinition,
  Erasure__Output,
  SensorsServiceDefinition,
} from '@sillage/contracts';
import type { JobService } from '@sillage/jobs';
import { type GrpcClient, internalError, type Log, reasonOf } from '@sillage/kit';

const sweepMs = 15_000;
const erasuresASweep = 20;
/** A tenant may have a thousand devices with years of readings; what is not done by then the next sweep goes on with. */
const sensorsTimeoutMs = 300_000;

export interface ErasuresOptions {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly jobs: Pick<JobService, 'erase'>;
  readonly log: Log;
}

/**
 * Tenants that are to be erased. Auth keeps the tombstone, each service erases what is its own, and every gateway looks
 * after what is not done yet, so that an erasure outlives the gateway that it was asked of.
 */
export class Erasures {
  readonly #options: ErasuresOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: ErasuresOptions) {
    this.#options = options;
    // Gateways that started together should not sweep together.
    this.#timer = setInterval(() => void this.#sweep(), sweepMs * (0.75 + Math.random() / 2));
    this.#timer.unref();
    // What the gateway before this one did not come to.
    void this.#sweep();
  }

  /** From here on it will be done; the rest goes on behind the answer. Throws not_found without the tenant. */
  async begin(tenantId: string, actor: Actor): Promise<Erasure__Output> {
    const { erasure } = await this.#options.auth.unary('EraseTenant', { tenantId, actor });
    if (!erasure) throw internalError('no erasure in answer');
    if (erasure.erasedAt === '') void this.#erase(erasure);
    return erasure;
  }

  /** The latest, newest first. */
  async list(): Promise<readonly Erasure__Output[]> {
    return (await this.#options.auth.unary('ListErasures', { limit: 100 })).erasures;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  async #sweep(): Promise<void> {
    try {
      const { erasures } = await this.#options.auth.unary('ListErasures', {
        due: true,
        limit: erasuresASweep,
      });
      for (const erasure of erasures) await this.#erase(erasure);
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'erasures not looked at');
    }
  }

  #erase(erasure: Erasure__Output): Promise<void> {
    const { tenantId } = erasure;
    const running =
      this.#running.get(tenantId) ??
      this.#eraseEverywhere(erasure)
        .catch((error: unknown) => {
          this.#options.log.warn({ tenantId, reason: reasonOf(error) }, 'tenant not erased everywhere yet');
        })
        .finally(() => this.#running.delete(tenantId));
    this.#running.set(tenantId, running);
    return running;
  }

  async #eraseEverywhere({ tenantId, erasedAt }: Erasure__Output): Promise<void> {
    const { auth, sensors, jobs, log } = this.#options;
    const { signal } = this.#stopping;
    const erasedJobs = await jobs.erase(tenantId, signal);
    const { devices } = await sensors.unary(
      'EraseTenant',
      { tenantId },
      { timeoutMs: sensorsTimeoutMs, signal },
    );
    await auth.unary('RecordErasure', { tenantId, closes: erasedAt !== '' }, { signal });
    log.info({ tenantId, jobs: erasedJobs, devices }, 'tenant erased');
  }
}
