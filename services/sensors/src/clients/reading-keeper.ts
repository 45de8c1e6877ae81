import { type Database, type Log, reasonOf } from '@sillage/kit';
import type { HistoryStore } from './history-store.ts';
import type { Partitions } from './partitions.ts';
import type { ReadingStore } from './reading-store.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export interface ReadingKeeperOptions {
  readonly database: Database;
  readonly partitions: Partitions;
  readonly readings: ReadingStore;
  readonly history: HistoryStore;
  /** Days that readings, minutes and hours are kept from when they were measured; 0: until their device is deleted. */
  readonly keepDays: { readonly readings: number; readonly minutes: number; readonly hours: number };
  readonly log: Log;
  /** How often hours are summed up, and how often what is past its retention is looked for. */
  readonly summariseMs: number;
  readonly purgeMs: number;
  now: () => number;
}

/**
 * Keeps the tables of readings: partitions made ahead, hours that are over summed up, what is past its retention
 * dropped. Of several pods one does it at a time; a failure is tried again the next time.
 */
export class ReadingKeeper {
  readonly #options: ReadingKeeperOptions;
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #purgedMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void>;

  constructor(options: ReadingKeeperOptions) {
    this.#options = options;
    this.#running = this.#work();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#work());
    }, options.summariseMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  async #work(): Promise<void> {
    const { database, log } = this.#options;
    try {
      await database.transaction(async (connection) => {
        // Held by this transaction while the work is done on other connections: a pod that dies lets go of it.
        const [lock] = await connection.query<{ taken: boolean }>(
          `select pg_try_advisory_xact_lock(hashtextextended('sensors.keeper', 1)) as taken`,
        );
        if (lock?.taken) await this.#turn();
      });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      log.warn({ reason: reasonOf(error) }, 'readings not summed up or cleared away yet');
    }
  }

  async #turn(): Promise<void> {
    const { partitions, readings, history, keepDays, log, purgeMs, now } = this.#options;
    const { signal } = this.#stopping;
    await partitions.ensure([now(), now() + weekMs]);
    while ((await history.summarise(now(), signal)) > 0) signal.throwIfAborted();
    if (now() - this.#purgedMs < purgeMs) return;
    const beforeMs = (days: number) => (days > 0 ? now() - days * dayMs : Number.MIN_SAFE_INTEGER);
    if (keepDays.readings > 0) {
      const deleted = await readings.purge(beforeMs(keepDays.readings), signal);
      if (deleted > 0) log.info({ deleted }, 'readings past their retention deleted');
    }
    await history.purge({ minutesMs: beforeMs(keepDays.minutes), hoursMs: beforeMs(keepDays.hours) }, signal);
    this.#purgedMs = now();
  }
}
