import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { createLog, HitRate } from '@sillage/kit';
import { GuardedTier } from './guarded-tier.ts';
import { rowCodec } from './row-codec.ts';
import { seal, sealedKey } from './sealed.ts';
import type { CacheTier, TierEntry } from './tier.ts';
import { TieredCache } from './tiered-cache.ts';

type Row = Readonly<Record<string, Float32Array>>;

/** A tier in a map, which can be told to fail or to say nothing. */
class MapTier implements CacheTier {
  readonly kept = new Map<string, Uint8Array>();
  readonly asked = new Map<string, number>();
  readonly name;
  mood: 'well' | 'failing' | 'silent' = 'well';
  calls = 0;

  constructor(name: CacheTier['name']) {
    this.name = name;
  }

  async get(keys: readonly string[]) {
    await this.#answer();
    return keys.map((key) => this.kept.get(key));
  }
  async set(entries: readonly TierEntry[]) {
    await this.#answer();
    for (const { key, value } of entries) this.kept.set(key, value);
  }
  async count(asked: ReadonlyMap<string, number>) {
    await this.#answer();
    for (const [key, times] of asked) this.asked.set(key, (this.asked.get(key) ?? 0) + times);
  }
  async mostAsked(limit: number) {
    await this.#answer();
    return [...this.asked]
      .sort(([, a], [, b]) => b - a)
      .map(([key]) => key)
      .slice(0, limit);
  }
  async clean() {}
  async close() {}

  async #answer(): Promise<void> {
    this.calls += 1;
    if (this.mood === 'failing') throw new Error('out of order');
    if (this.mood === 'silent') await new Promise(() => {});
  }
}

const { log } = await createLog({ service: 'test', level: 'silent' });
const caches: TieredCache<Row>[] = [];
afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
});

function cacheOf(options: { maxBytes?: number; tiers?: MapTier[]; pauseMs?: number } = {}) {
  const memoryHitRate = new HitRate();
  const guarded = (options.tiers ?? []).map(
    (tier) =>
      new GuardedTier({
        tier,
        log,
        hitRate: new HitRate(),
        lookUpTimeoutMs: 20,
        workTimeoutMs: 20,
        pauseMs: options.pauseMs ?? 0,
      }),
  );
  const cache = new TieredCache<Row>({
    codec: rowCodec,
    maxBytes: options.maxBytes ?? 1e6,
    ttlMs: 1e6,
    memoryHitRate,
    tiers: guarded,
  });
  caches.push(cache);
  return { cache, memoryHitRate, guarded };
}

const rowOf = (value: number): Row => ({ probabilities: new Float32Array([value, 0.5]) });
const key = (molecule: string, model = 'm/1') => ({ key: { model, molecule }, item: molecule });
const never = new AbortController().signal;
const good = (value: number) => ({ status: 'fulfilled' as const, value: rowOf(value) });

/** Computes the length of each molecule, and remembers what it was asked. */
function computer() {
  const computed: string[][] = [];
  const compute = async (items: readonly string[]) => {
    computed.push([...items]);
    return items.map((item) => good(item.length));
  };
  return { computed, compute };
}

test('a row is computed once and then kept, for its model and molecule only', async () => {
  const { cache, memoryHitRate } = cacheOf();
  const { computed, compute } = computer();
  const first = await cache.resolve([key('C'), key('CC'), key('C')], compute, never);
  expect(first).toEqual([good(1), good(2), good(1)]);
  expect(await cache.resolve([key('CC')], compute, never)).toEqual([good(2)]);
  expect(computed).toEqual([['C', 'CC']]);
  await cache.resolve([key('CC', 'm/2')], compute, never);
  expect(computed).toHaveLength(2);
  expect(memoryHitRate).toMatchObject({ hits: 1, lookups: 5 });
});

test('a hundred who ask at once are answered by one run', async () => {
  const { cache } = cacheOf({ tiers: [new MapTier('redis')] });
  const { computed, compute } = computer();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => cache.resolve([key('CCO')], compute, never)),
  );
  expect(computed).toEqual([['CCO']]);
  expect(answers.every(([answer]) => answer?.status === 'fulfilled')).toBe(true);
});

test('when the one who computes leaves, those who waited for it compute once more', async () => {
  const { cache } = cacheOf();
  const leaving = new AbortController();
  const stuck = cache.resolve(
    [key('CCO')],
    (_items) =>
      new Promise((_, reject) => leaving.signal.addEventListener('abort', () => reject(new Error('left')))),
    leaving.signal,
  );
  const { computed, compute } = computer();
  const waiting = [1, 2, 3].map(() => cache.resolve([key('CCO')], compute, never));
  const impatient = new AbortController();
  const gone = cache.resolve([key('CCO')], compute, impatient.signal);
  impatient.abort(new Error('gone'));
  await expect(gone).rejects.toThrow('gone');
  leaving.abort();
  await expect(stuck).rejects.toThrow('left');
  for (const answer of await Promise.all(waiting)) expect(answer).toEqual([good(3)]);
  expect(computed).toEqual([['CCO']]);
});

test('a row on which the model fails is not kept, and does not touch the others', async () => {
  const { cache } = cacheOf({ tiers: [new MapTier('disk')] });
  const failing = { status: 'rejected' as const, reason: new Error('not a number') };
  const first = await cache.resolve([key('C'), key('CC')], async () => [failing, good(2)], never);
  expect(first).toEqual([failing, good(2)]);
  const { computed, compute } = computer();
  await cache.resolve([key('C'), key('CC')], compute, never);
  expect(computed).toEqual([['C']]);
});

test('bytes in memory are bounded', async () => {
  const { cache } = cacheOf({ maxBytes: 10_000 });
  const { computed, compute } = computer();
  for (let n = 1; n <= 200; n += 1) await cache.resolve([key('C'.repeat(n))], compute, never);
  computed.length = 0;
  for (let n = 1; n <= 200; n += 1) await cache.resolve([key('C'.repeat(n))], compute, never);
  // Each takes some 530 bytes with its overhead: 18 fit, and a pass in the old order finds none of them.
  expect(computed).toHaveLength(200);
  await cache.resolve([key('C'.repeat(200))], compute, never);
  expect(computed).toHaveLength(200);
});

test('what memory lacks comes from the slower tiers, and goes to the faster ones', async () => {
  const tiers = [new MapTier('redis'), new MapTier('disk')] as const;
  const before = cacheOf({ tiers: [tiers[1]] });
  const { computed, compute } = computer();
  await before.cache.resolve([key('CCO')], compute, never);
  await before.cache.flush();
  expect(tiers[1].kept.size).toBe(1);

  const { cache, guarded } = cacheOf({ tiers: [...tiers] });
  expect(await cache.resolve([key('CCO')], compute, never)).toEqual([good(3)]);
  expect(computed).toHaveLength(1);
  expect(guarded.map(({ hitRate }) => hitRate.value)).toEqual([0, 1]);
  await cache.flush();
  expect(tiers[0].kept.size).toBe(1);
});

test.each(['failing', 'silent'] as const)(
  'a tier that is %s is skipped, and used again when it is well',
  async (mood) => {
    const tier = new MapTier('redis');
    const { cache } = cacheOf({ tiers: [tier], maxBytes: 0, pauseMs: 30 });
    const { computed, compute } = computer();
    tier.mood = mood;
    expect(await cache.resolve([key('CCO')], compute, never)).toEqual([good(3)]);
    const { calls } = tier;
    expect(await cache.resolve([key('CCO')], compute, never)).toEqual([good(3)]);
    await cache.flush();
    // Its pause: nobody waits for it again, but the one write that had not failed yet.
    expect(tier.calls).toBeLessThanOrEqual(calls + 2);
    tier.mood = 'well';
    await delay(60);
    await cache.resolve([key('CCO')], compute, never);
    await cache.flush();
    expect(tier.kept.size).toBe(1);
    await cache.resolve([key('CCO')], compute, never);
    expect(computed).toHaveLength(3);
  },
);

test('a value that was changed where it is kept is no value', async () => {
  const tier = new MapTier('disk');
  const { cache } = cacheOf({ tiers: [tier], maxBytes: 0 });
  const { computed, compute } = computer();
  const name = sealedKey('m/1', 'CCO');
  const sealed = seal(name, rowCodec.encode(rowOf(9)));
  tier.kept.set(name, sealed);
  expect(await cache.resolve([key('CCO')], compute, never)).toEqual([good(9)]);
  for (const bad of [
    sealed.with(9, 77),
    sealed.slice(0, 7),
    seal('another', rowCodec.encode(rowOf(9))),
    new Uint8Array(),
  ]) {
    tier.kept.set(name, bad);
    expect(await cache.resolve([key('CCO')], compute, never)).toEqual([good(3)]);
  }
  expect(computed).toHaveLength(4);
});

test('what was asked for most is in memory after a start; what is not to be counted is not', async () => {
  const tier = new MapTier('disk');
  const first = cacheOf({ tiers: [tier] });
  const { computed, compute } = computer();
  for (const molecule of ['C', 'CC', 'CC', 'CC', 'CCC', 'CCC']) {
    await first.cache.resolve([key(molecule)], compute, never, { isCounted: true });
  }
  for (let times = 0; times < 9; times += 1) await first.cache.resolve([key('CCCC')], compute, never);
  await first.cache.flush();
  const { cache, memoryHitRate } = cacheOf({ tiers: [tier] });
  expect(await cache.warm(2, never)).toBe(2);
  await cache.resolve([key('CC'), key('CCC'), key('C')], compute, never);
  expect(memoryHitRate).toMatchObject({ hits: 2, lookups: 3 });
  expect(computed).toHaveLength(4);
});
