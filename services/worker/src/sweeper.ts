import { setTimeout as delay } from 'node:timers/promises';
import { type ChunkStore, type JobQueue, sweepIntervalMs } from '@sillage/jobs';
import { type Log, reasonOf } from '@sillage/kit';

export interface SweeperOptions {
  readonly store: ChunkStore;
  readonly queue: JobQueue;
  readonly log: Log;
  /** Told at each look how many chunks wait. */
  onDepth: (chunks: number) => void;
}

/** Finds chunks whose delivery was lost or whose worker died, and hands them to the queue again. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

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
        this.#options.onDepth(await this.#options.store.waiting());
        await this.#sweep();
      } catch (error) {
        this.#options.log.debug({ reason: reasonOf(error) }, 'sweep put off');
      }
      await delay(sweepIntervalMs, undefined, { signal }).catch(() => {});
    }
  }

  async #sweep(): Promise<void> {
    const { store, queue, log } = this.#options;
    // What is swept counts as handed over, so it is left alone while the queue is away.
    await queue.check();
    const deliveries = await store.sweep();
    if (deliveries.length > 0) {
      log.debug({ chunks: deliveries.length }, 'chunks handed over again');
      await queue.enqueue(deliveries);
    }
  }
}
