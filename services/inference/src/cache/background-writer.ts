import { setTimeout as delay } from 'node:timers/promises';
import type { GuardedTier } from './guarded-tier.ts';
import { seal } from './sealed.ts';

/** What waits to be written, with the number of tiers, from the first, that lack it. */
interface Pending {
  readonly value: Uint8Array;
  readonly tiers: number;
}

/** Rows of one round, and keys counted in one: a flood of new molecules must not turn into a flood of writes. */
const rowsPerRound = 512;
const countsPerRound = 1024;
const roundMs = 1000;
const roundsPerCount = 5;
const roundsPerCleaning = 600;

/** Writes to the slower tiers in the background, in rounds. What does not fit into a round is not written at all. */
export class BackgroundWriter {
  readonly #tiers: readonly GuardedTier[];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #pending = new Map<string, Pending>();
  #asked = new Map<string, number>();

  constructor(tiers: readonly GuardedTier[]) {
    this.#tiers = tiers;
    this.#running = tiers.length === 0 ? Promise.resolve() : this.#run();
  }

  /** Has a value written to the first `tiers` tiers. */
  write(key: string, value: Uint8Array, tiers = this.#tiers.length): void {
    if (tiers === 0 || this.#pending.size >= rowsPerRound) return;
    this.#pending.set(key, { value: seal(key, value), tiers });
  }

  /** Has it counted that a key was asked for. */
  count(key: string): void {
    const times = this.#asked.get(key);
    if (times === undefined && this.#asked.size >= countsPerRound) return;
    this.#asked.set(key, (times ?? 0) + 1);
  }

  /** Whether there is anything to write to: what is written need not be made otherwise. */
  get isNeeded(): boolean {
    return this.#tiers.length > 0 && this.#pending.size < rowsPerRound;
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    await this.#writeRows();
    await this.#writeCounts();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.flush();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let round = 0; !signal.aborted; round += 1) {
      if (round % roundsPerCleaning === 0) await Promise.all(this.#tiers.map((tier) => tier.clean()));
      await delay(roundMs, undefined, { signal, ref: false }).catch(() => {});
      await this.#writeRows();
      if (round % roundsPerCount === 0) await this.#writeCounts();
    }
  }

  async #writeRows(): Promise<void> {
    if (this.#pending.size === 0) return;
    const pending = [...this.#pending];
    this.#pending = new Map();
    await Promise.all(
      this.#tiers.map((tier, index) => {
        const entries = pending.flatMap(([key, { value, tiers }]) => (index < tiers ? [{ key, value }] : []));
        return entries.length === 0 ? undefined : tier.set(entries);
      }),
    );
  }

  async #writeCounts(): Promise<void> {
    if (this.#asked.size === 0) return;
    const asked = this.#asked;
    this.#asked = new Map();
    await Promise.all(this.#tiers.map((tier) => tier.count(asked)));
  }
}
