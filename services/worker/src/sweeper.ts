import { setTimeout as delay } from 'node:timers/promises';
import {
  type Dispatcher,
  type JobControl,
  type JobQueue,
  type Retention,
  sweepIntervalMs,
} from '@sillage/jobs';
import { type Log, reasonOf } from '@sillage/kit';
import type { Webhooks } from './webhooks.ts';

/** How often results past their retention are looked for. */
const purgeIntervalMs = 60_000;

export interface SweeperOptions {
  readonly queue: JobQueue;
  readonly dispatcher: Dispatcher;
  readonly control: JobControl;
  readonly log: Log;
  readonly retention: Retention;
  readonly webhooks: Webhooks;
}

/** Looks now and then for what nobody tells of: deliveries that were lost, workers that died, deadlines. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #nextPurgeMs = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#options.control.expire();
        this.#options.webhooks.look();
        await this.#purge();
        // What is handed over counts as such for a while, so it is left alone while the queue is away.
        await this.#options.queue.check();
        await this.#options.dispatcher.dispatch();
      } catch (error) {
        this.#options.log.debug({ reason: reasonOf(error) }, 'sweep put off');
      }
      await delay(sweepIntervalMs, undefined, { signal }).catch(() => {});
    }
  }

  async #purge(): Promise<void> {
    if (Date.now() < this.#nextPurgeMs) return;
    this.#nextPurgeMs = Date.now() + purgeIntervalMs;
    const jobs = await this.#options.retention.purge();
    if (jobs > 0) this.#options.log.info({ jobs }, 'results past their retention deleted');
  }
}
