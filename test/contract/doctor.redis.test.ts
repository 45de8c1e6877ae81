import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { examine } from '@sillage/cli';
import { Redis } from 'ioredis';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

async function look(url: string) {
  const findings = await examine({
    env: { HOME: '/nonexistent' },
    nodeVersion: process.versions.node,
    now: () => new Date(),
    settings: { REDIS_URL: url },
  });
  return findings.filter(({ check }) => check.startsWith('redis'));
}

async function configure(name: string, value: string): Promise<void> {
  const client = new Redis(redis.url);
  await client.config('SET', name, value);
  client.disconnect();
}

test('doctor finds a Redis that would drop jobs, one that is full, one that is shut and one that is away', async () => {
  expect(await look(redis.url)).toMatchObject([
    { check: 'redis.reachable', status: 'ok' },
    { check: 'redis.eviction', status: 'ok' },
  ]);
  await configure('maxmemory-policy', 'allkeys-lru');
  expect((await look(redis.url))[1]).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('allkeys-lru'),
    fix: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
  });
  await configure('maxmemory-policy', 'noeviction');
  await configure('maxmemory', '500000');
  expect((await look(redis.url))[1]).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('% of its memory'),
  });
  await configure('requirepass', 'secret');
  expect((await look(redis.url))[0]).toMatchObject({
    status: 'fail',
    fix: 'put the right password into REDIS_URL: redis://:PASSWORD@HOST:6379',
  });
  expect((await look('redis://127.0.0.1:59997'))[0]).toMatchObject({
    status: 'fail',
    fix: 'start Redis at 127.0.0.1:59997, or put its address into REDIS_URL',
  });
});
