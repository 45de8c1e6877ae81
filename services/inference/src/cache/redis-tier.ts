import type { Redis } from 'ioredis';
import type { CacheTier, TierEntry } from './tier.ts';

/** What Redis itself needs for an entry: key, expiry and its places in the two sorted sets, bytes (measured, rounded up). */
const entryOverheadBytes = 400;
/** How many keys are remembered as asked for. */
const countedKeys = 20_000;
const removedAtOnce = 1000;

/**
 * Entries in a Redis that every server shares, with an expiry of their own. The queue lives in the same Redis and needs
 * `noeviction`: so the bytes are bounded here, by use, and not by Redis.
 */
export class RedisTier implements CacheTier {
  readonly name = 'redis';
  readonly #redis: Redis;
  readonly #maxBytes: number;
  readonly #ttlMs: number;
  readonly #prefix: string;
  /** Largest value written so far: the bound is kept for entries of that size. */
  #largest = 0;

  /** The caller's connection; `close` leaves it to the caller. */
  constructor(options: { redis: Redis; maxBytes: number; ttlMs: number; prefix?: string }) {
    this.#redis = options.redis;
    this.#maxBytes = options.maxBytes;
    this.#ttlMs = options.ttlMs;
    this.#prefix = options.prefix ?? 'sillage:cache';
  }

  async get(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const values = await this.#redis.mgetBuffer(keys.map((key) => this.#entry(key)));
    return values.map((value) => value ?? undefined);
  }

  async set(entries: readonly TierEntry[]): Promise<void> {
    const work = this.#redis.pipeline();
    const now = Date.now();
    for (const { key, value } of entries) {
      this.#largest = Math.max(this.#largest, value.length);
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
      work.set(this.#entry(key), bytes, 'PX', this.#ttlMs);
      work.zadd(this.#used, now, key);
    }
    failOnError(await work.exec());
  }

  async count(asked: ReadonlyMap<string, number>): Promise<void> {
    const work = this.#redis.pipeline();
    const now = Date.now();
    for (const [key, times] of asked) {
      work.zincrby(this.#asked, times, key);
      // Only what is kept has a time of use.
      work.zadd(this.#used, 'XX', now, key);
    }
    failOnError(await work.exec());
  }

  mostAsked(limit: number): Promise<string[]> {
    return this.#redis.zrange(this.#asked, '0', String(limit - 1), 'REV');
  }

  async clean(): Promise<void> {
    await this.#redis.zremrangebyscore(this.#used, 0, Date.now() - this.#ttlMs);
    await this.#redis.zremrangebyrank(this.#asked, 0, -(countedKeys + 1));
    const most = Math.floor(this.#maxBytes / (this.#largest + entryOverheadBytes));
    let surplus = (await this.#redis.zcard(this.#used)) - most;
    while (surplus > 0) {
      const popped = await this.#redis.zpopmin(this.#used, Math.min(surplus, removedAtOnce));
      const keys = popped.filter((_, index) => index % 2 === 0);
      if (keys.length === 0) return;
      await this.#redis.unlink(keys.map((key) => this.#entry(key)));
      surplus -= keys.length;
    }
  }

  async close(): Promise<void> {}

  get #used(): string {
    return `${this.#prefix}:used`;
  }

  get #asked(): string {
    return `${this.#prefix}:asked`;
  }

  #entry(key: string): string {
    return `${this.#prefix}:row:${key}`;
  }
}

/** A pipeline resolves even where a command of it failed, for instance for want of memory. */
function failOnError(results: readonly [Error | null, unknown][] | null): void {
  for (const [error] of results ?? []) if (error) throw error;
}
