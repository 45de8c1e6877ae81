import type { HitRate } from '@sillage/kit';
import { LRUCache } from 'lru-cache';
import { BackgroundWriter } from './background-writer.ts';
import type { GuardedTier } from './guarded-tier.ts';
import type { Codec } from './row-codec.ts';
import { sealedKey, unseal } from './sealed.ts';

/** Which row: of which model, by all that makes its answers, and of which molecule. */
export interface RowKey {
  readonly model: string;
  /** Canonical SMILES as the model sees it. */
  readonly molecule: string;
}

export interface TieredCacheOptions<V> {
  readonly codec: Codec<V>;
  /** Bytes kept in this process; 0 keeps nothing here. */
  readonly maxBytes: number;
  readonly ttlMs: number;
  readonly memoryHitRate: HitRate;
  /** Behind the memory, the fastest first. */
  readonly tiers: readonly GuardedTier[];
}

type Results<V> = Map<string, PromiseSettledResult<V>>;
type Compute<T, V> = (items: readonly T[]) => Promise<readonly PromiseSettledResult<V>[]>;

/** Key, map and set of an entry in memory beside key text and value, bytes (measured, rounded up). */
const entryOverheadBytes = 300;
const warmedAtOnce = 256;

/**
 * Rows by model and molecule: from memory, from a call that is computing them at this moment, from a slower tier, or
 * computed now. However many ask for a row at once, it is computed once.
 */
export class TieredCache<V extends object> {
  readonly #options: TieredCacheOptions<V>;
  readonly #memory: LRUCache<string, V> | undefined;
  /** By name, the work that finds or computes it. */
  readonly #flights = new Map<string, Promise<Results<V>>>();
  readonly #writer: BackgroundWriter;

  constructor(options: TieredCacheOptions<V>) {
    this.#options = options;
    this.#writer = new BackgroundWriter(options.tiers);
    if (options.maxBytes <= 0) return;
    this.#memory = new LRUCache({
      maxSize: options.maxBytes,
      maxEntrySize: options.maxBytes,
      ttl: options.ttlMs,
      ttlResolution: 1000,
      sizeCalculation: (value, key) => key.length + options.codec.sizeOf(value) + entryOverheadBytes,
    });
  }

  /**
   * One result for each key, in their order. `compute` gets the items of those that are not to be had otherwise. Where
   * another call fails that was computing a key, for instance because its caller left, this one computes it itself.
   * Rejects when the signal aborts, or as `compute` does. Only what is `isCounted` gets into the list of those asked for
   * most.
   */
  async resolve<T>(
    asked: readonly { readonly key: RowKey; readonly item: T }[],
    compute: Compute<T, V>,
    signal: AbortSignal,
    { isCounted }: { readonly isCounted: boolean } = { isCounted: false },
  ): Promise<PromiseSettledResult<V>[]> {
    const found = new Map<string, PromiseSettledResult<V>>();
    // The slower tiers have keys that cannot be read; without them there is nobody to hide a molecule from.
    const isSealed = this.#options.tiers.length > 0;
    const names = asked.map(({ key: { model, molecule } }) =>
      isSealed ? sealedKey(model, molecule) : `${model} ${molecule}`,
    );
    let open = new Map<string, T>();
    for (const [index, { item }] of asked.entries()) {
      const name = names[index] ?? '';
      const value = this.#memory?.get(name);
      this.#options.memoryHitRate.record(value !== undefined);
      if (isSealed && isCounted) this.#writer.count(name);
      if (value === undefined) open.set(name, item);
      else found.set(name, { status: 'fulfilled', value });
    }
    while (open.size > 0) {
      signal.throwIfAborted();
      const again = new Map<string, T>();
      const own = new Map<string, T>();
      const others: [string, T, Promise<Results<V>>][] = [];
      for (const [name, item] of open) {
        const flight = this.#flights.get(name);
        if (flight === undefined) own.set(name, item);
        else others.push([name, item, flight]);
      }
      const led = this.#lead(own, compute);
      await Promise.all([
        led.then((results) => {
          for (const [name, result] of results) found.set(name, result);
        }),
        ...others.map(async ([name, item, flight]) => {
          const result = await unlessAborted(flight, signal).then(
            (results) => results.get(name),
            () => undefined,
          );
          if (result?.status === 'fulfilled') found.set(name, result);
          else again.set(name, item);
        }),
      ]);
      open = again;
    }
    return names.map((name) => found.get(name) ?? notFound);
  }

  /** Brings what was asked for most, at most `limit` rows, from the slower tiers into memory. Answers how many. */
  async warm(limit: number, signal: AbortSignal): Promise<number> {
    let warmed = 0;
    for (const tier of this.#options.tiers) {
      const names = await tier.mostAsked(limit);
      for (let start = 0; start < names.length && !signal.aborted; start += warmedAtOnce) {
        const part = names.slice(start, start + warmedAtOnce).filter((name) => !this.#memory?.has(name));
        for (const [name, value] of await this.#fromTiers(part)) {
          this.#memory?.set(name, value);
          warmed += 1;
        }
      }
    }
    return warmed;
  }

  /** Writes what waits to be written; in the usual course that is done every second. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await Promise.all(this.#options.tiers.map((tier) => tier.close()));
  }

  /** Finds or computes rows that nobody else is at; while it does, they are in flight for everyone. */
  async #lead<T>(items: ReadonlyMap<string, T>, compute: Compute<T, V>): Promise<Results<V>> {
    if (items.size === 0) return new Map();
    const work = this.#findOrCompute(items, compute);
    for (const name of items.keys()) this.#flights.set(name, work);
    try {
      return await work;
    } finally {
      for (const name of items.keys()) this.#flights.delete(name);
    }
  }

  async #findOrCompute<T>(items: ReadonlyMap<string, T>, compute: Compute<T, V>): Promise<Results<V>> {
    const results: Results<V> = new Map();
    const kept =
      this.#options.tiers.length > 0 ? await this.#fromTiers([...items.keys()]) : new Map<string, V>();
    for (const [name, value] of kept) {
      this.#memory?.set(name, value);
      results.set(name, { status: 'fulfilled', value });
    }
    const missing = [...items].filter(([name]) => !kept.has(name));
    if (missing.length === 0) return results;
    const computed = await compute(missing.map(([, item]) => item));
    for (const [index, [name]] of missing.entries()) {
      const result = computed[index] ?? notFound;
      results.set(name, result);
      if (result.status === 'rejected') continue;
      this.#memory?.set(name, result.value);
      if (this.#writer.isNeeded) this.#writer.write(name, this.#options.codec.encode(result.value));
    }
    return results;
  }

  /** What the slower tiers have; a tier gets what only a slower one had. */
  async #fromTiers(names: readonly string[]): Promise<Map<string, V>> {
    const found = new Map<string, V>();
    let missing = names;
    for (const [place, tier] of this.#options.tiers.entries()) {
      if (missing.length === 0) break;
      const values = await tier.get(missing);
      for (const [index, name] of missing.entries()) {
        const sealed = values[index];
        const bytes = sealed && unseal(name, sealed);
        const value = bytes && this.#options.codec.decode(bytes);
        if (!bytes || value === undefined) continue;
        found.set(name, value);
        this.#writer.write(name, bytes, place);
      }
      missing = missing.filter((name) => !found.has(name));
    }
    return found;
  }
}

const notFound: PromiseRejectedResult = {
  status: 'rejected',
  reason: new Error('a row was neither found nor computed'),
};

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
