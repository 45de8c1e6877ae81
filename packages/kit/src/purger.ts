import { reasonOf } from './errors.ts';
import type { Log } from './log.ts';

export interface PurgerOptions {
  /** What is deleted, for the log. */
  readonly what: string;
  /** Deletes what has been kept long enough and tells how much it was; done again after a failure, it goes on. */
  purge: (signal: AbortSignal) => Promise<number>;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Deletes what is past its retention: at start and now and then. */
export class Purger {
  readonly #options: PurgerOptions;
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void>;

  constructor(options: PurgerOptions) {
    this.#options = options;
    this.#running = this.#purge();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#purge());
    }, options.intervalMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  async #purge(): Promise<void> {
    const { what, purge, log } = this.#options;
    try {
      const deleted = await purge(this.#stopping.signal);
      if (deleted > 0) log.info({ deleted }, `${what} past their retention deleted`);
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.warn({ reason: reasonOf(error) }, `${what} not deleted yet`);
    }
  }
}
