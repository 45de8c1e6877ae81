import { isTransient, retryWaitMs } from './retry.ts';
import { wait } from './wait.ts';

export interface ReconnectionOptions {
  readonly signal: AbortSignal | undefined;
  /** How long in vain, before it is given up. */
  readonly patienceMs: number;
}

/** Whether, and when, a stream that broke is connected to again. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  #attempt = 0;
  #brokenSinceMs: number | undefined;
  #hasBegun = false;

  constructor(options: ReconnectionOptions) {
    this.#options = options;
  }

  /** Until something has come, a stream fails as any call does. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Something came. */
  moved(): void {
    this.#hasBegun = true;
    this.#attempt = 0;
    this.#brokenSinceMs = undefined;
  }

  /** Waits for the next attempt; throws the error where there is no use in one, or no patience left. */
  async after(error: unknown): Promise<void> {
    const { signal, patienceMs } = this.#options;
    if (signal?.aborted) throw signal.reason;
    const now = Date.now();
    this.#brokenSinceMs ??= now;
    const policy = { maxRetries: Number.POSITIVE_INFINITY, maxRetryAfterMs: patienceMs };
    const waitMs = retryWaitMs(error, this.#attempt, policy, Math.random());
    const isHopeless = !this.#hasBegun || !isTransient(error) || waitMs === undefined;
    if (isHopeless || now + waitMs - this.#brokenSinceMs > patienceMs) throw error;
    this.#attempt += 1;
    await wait(waitMs, signal);
  }
}
