import { type Log, reasonOf } from '@sillage/kit';
import type { Decision } from '../domain/sliding-window.ts';
import type { LimiterStore, Take } from './limiter-store.ts';

/** How long the shared store is left alone after a failure. */
const pauseMs = 1000;

/**
 * The shared store while it answers; the local one while it does not. Each pod then grants the whole limit by itself:
 * stricter would refuse callers who did nothing wrong, and no limit at all is never an answer.
 */
export class GuardedLimiterStore implements LimiterStore {
  readonly #shared: LimiterStore;
  readonly #local: LimiterStore;
  readonly #log: Log;
  #pausedUntilMs = 0;

  constructor(options: { shared: LimiterStore; local: LimiterStore; log: Log }) {
    this.#shared = options.shared;
    this.#local = options.local;
    this.#log = options.log;
  }

  async take(take: Take): Promise<Decision> {
    if (performance.now() < this.#pausedUntilMs) return this.#local.take(take);
    try {
      return await this.#shared.take(take);
    } catch (error) {
      this.#pausedUntilMs = performance.now() + pauseMs;
      this.#log.warn(
        { reason: reasonOf(error) },
        'shared rate limits are away; limits hold for each pod alone',
      );
      return this.#local.take(take);
    }
  }
}
