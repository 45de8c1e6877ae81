import { mkdtempSync, rmSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CacheTier, DiskTier, RedisTier } from '@sillage/inference/cache';
import { createLog } from '@sillage/kit';
import { connectRedis } from '@sillage/kit/redis';
import { esters, type ServedInference, serveInference } from '../support/inference.ts';
import { copyOdourModel } from '../support/models.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
const folder = mkdtempSync(join(tmpdir(), 'sillage-cache-tiers-'));
const closers: (() => Promise<unknown> | unknown)[] = [];
const { log } = await createLog({ service: 'test', level: 'silent' });

beforeAll(async () => {
  redis = await startTestRedis();
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it has not come true');
    await delay(50);
  }
}

const stores: [string, (changes: { maxBytes?: number; ttlMs?: number }) => Promise<CacheTier>][] = [
  [
    'Redis',
    async (changes) => {
      const client = connectRedis(redis.url, 'wait', log);
      closers.push(() => client.disconnect());
      return new RedisTier({
        redis: client,
        maxBytes: 8e6,
        ttlMs: 60_000,
        prefix: `test${made++}`,
        ...changes,
      });
    },
  ],
  [
    'the disk',
    async (changes) => {
      const tier = new DiskTier({
        folder: join(folder, `${made++}`),
        maxBytes: 8e6,
        ttlMs: 60_000,
        ...changes,
      });
      closers.push(() => tier.close());
      return tier;
    },
  ],
];

describe.each(stores)('a tier in %s', (_, open) => {
  const bytes = (value: number) => new Uint8Array(1700).fill(value);
  const entries = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: bytes(n % 256) }));

  test('gives back what it was given, in the order of the keys', async () => {
    const tier = await open({});
    await tier.set(entries(300));
    const found = await tier.get(['k299', 'nobody', 'k3']);
    expect(found.map((value) => value && [value.length, value[0]])).toEqual([
      [1700, 43],
      undefined,
      [1700, 3],
    ]);
  });

  test('knows what was asked for most', async () => {
    const tier = await open({});
    await tier.set(entries(4));
    await tier.count(
      new Map([
        ['k2', 7],
        ['k0', 3],
      ]),
    );
    await tier.count(new Map([['k0', 9]]));
    expect(await tier.mostAsked(2)).toEqual(['k0', 'k2']);
  });

  test('keeps its bound of bytes: what was not used for longest goes', async () => {
    const tier = await open({ maxBytes: 400_000 });
    for (let round = 0; round < 5; round += 1) {
      await tier.set(entries(500).slice(round * 100, round * 100 + 100));
      await tier.clean();
    }
    const kept = (await tier.get(entries(500).map(({ key }) => key))).map((value) => value !== undefined);
    expect(kept.filter(Boolean).length * 1700).toBeLessThanOrEqual(400_000);
    expect(kept.slice(480)).not.toContain(false);
    expect(kept.slice(0, 100)).not.toContain(true);
  });
});

test('a Redis that is full is read on, and written again when there is room', async () => {
  const full = await startTestRedis();
  const client = connectRedis(full.url, 'wait', log);
  closers.push(
    () => full.stop(),
    () => client.disconnect(),
  );
  const tier = new RedisTier({ redis: client, maxBytes: 8e6, ttlMs: 60_000 });
  const entry = { key: 'kept', value: new Uint8Array([1, 2, 3]) };
  await tier.set([entry]);
  await client.config('SET', 'maxmemory', '1');
  await expect(tier.set([{ ...entry, key: 'more' }])).rejects.toThrow(/OOM/);
  expect(await tier.get(['kept', 'more'])).toEqual([Buffer.from(entry.value), undefined]);
  await client.config('SET', 'maxmemory', '0');
  await tier.set([{ ...entry, key: 'more' }]);
  expect((await tier.get(['more']))[0]).toBeDefined();
});

describe('predictions', () => {
  const molecules = esters(40, 5000);

  // The odour model alone: the others take their time to open and are not asked.
  const models = join(folder, 'models');
  beforeAll(async () => {
    await copyOdourModel(models, '2');
  });

  async function serve(changes: Record<string, string>): Promise<ServedInference> {
    const served = await serveInference({ MODEL_PATH: models, ...changes });
    closers.push(() => served.stop());
    return served;
  }
  const ask = async ({ client }: ServedInference, smiles = molecules) => {
    const { rows } = await client.unary('Predict', { smiles, topK: 3 });
    return rows.map(({ prediction }) => ({ ...prediction, svg: '' }));
  };
  const scrape = async ({ running }: ServedInference) =>
    (await fetch(`http://127.0.0.1:${running.ports['metrics']}/metrics`)).text();
  const hitRate = (text: string, tier: string) =>
    Number(text.match(new RegExp(`^olfactory_cache_hit_rate\\{.*tier="${tier}".*\\} (\\S+)$`, 'm'))?.[1]);
  const runs = (text: string) =>
    Number(text.match(/^olfactory_batch_size_sum\{.*olfactory-base.*\} (\S+)$/m)?.[1] ?? 0);

  test('outlive the process on disk, for the files of the model that made them and for no others', async () => {
    const CACHE_DIR = join(folder, 'predictions');
    const first = await serve({ CACHE_DIR });
    const answers = await ask(first);
    await first.stop();

    const second = await serve({ CACHE_DIR });
    expect(await ask(second)).toEqual(answers);
    const text = await scrape(second);
    expect([hitRate(text, 'disk'), runs(text)]).toEqual([1, 0]);

    // The same name and version with another file: a line's end more.
    const others = join(folder, 'other-models');
    await cp(models, others, { recursive: true });
    const file = join(others, 'olfactory-base/2/features.json');
    await writeFile(file, `${await readFile(file, 'utf8')}\n`);
    const third = await serve({ CACHE_DIR, MODEL_PATH: others });
    await ask(third);
    const other = await scrape(third);
    expect([hitRate(other, 'disk'), runs(other)]).toEqual([0, molecules.length]);
  });

  test('are run once for a hundred who ask at once, however they write the molecule', async () => {
    const served = await serve({});
    const spellings = ['CCOC(=O)CCCCCCCC', 'C(CC)CCCCCC(OCC)=O', 'O=C(OCC)CCCCCCCC'];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => ask(served, [spellings[n % spellings.length] ?? ''])),
    );
    for (const [answer] of answers) expect(answer?.notes).toEqual(answers[0]?.[0]?.notes);
    expect(runs(await scrape(served))).toBe(1);
  });

  test('are shared through Redis, go on when it is killed, and use it again when it is back', async () => {
    const mortal = await startTestRedis();
    closers.push(() => mortal.stop());
    const [one, two] = [await serve({ REDIS_URL: mortal.url }), await serve({ REDIS_URL: mortal.url })];
    const rowsIn = async (url: string) => {
      const client = connectRedis(url, 'wait', log);
      const rows = await client.zcard('sillage:cache:used');
      client.disconnect();
      return rows;
    };
    const answers = await ask(one);
    // Written in the background, within a second or two.
    await until(async () => (await rowsIn(mortal.url)) === molecules.length);
    expect(await ask(two)).toEqual(answers);
    const text = await scrape(two);
    expect([hitRate(text, 'redis'), runs(text)]).toEqual([1, 0]);

    await mortal.halt();
    expect(await ask(two)).toEqual(answers);
    expect(await ask(one, esters(40, 7000))).toHaveLength(40);
    expect(await scrape(one)).toMatch(/^olfactory_cache_failures_total\{.*tier="redis".*\} [1-9]/m);

    await mortal.resume();
    await until(async () => {
      await ask(one, esters(1, 8000 + made++));
      return (await rowsIn(mortal.url)) > 0;
    });
  });

  test.each([
    ['a folder that cannot be', '/dev/null/cache'],
    ['a Redis that is not there', undefined],
  ])('are made with %s', async (_, CACHE_DIR) => {
    const served = await serve(CACHE_DIR ? { CACHE_DIR } : { REDIS_URL: 'redis://127.0.0.1:1' });
    expect(await ask(served)).toHaveLength(molecules.length);
    expect(await ask(served)).toHaveLength(molecules.length);
  });

  test('common odorants are there from the start', async () => {
    const served = await serve({ CACHE_WARM_ROWS: '10' });
    await until(async () => runs(await scrape(served)) >= 256);
    const before = runs(await scrape(served));
    await ask(served, ['COc1cc(C=O)ccc1O', 'CC1CCC(C(C)C)C(O)C1']);
    expect(runs(await scrape(served))).toBe(before);
  });
});
