import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  GuardedLimiterStore,
  type LimiterStore,
  MemoryLimiterStore,
  RedisLimiterStore,
} from '@sillage/gateway/limiter';
import { createLog } from '@sillage/kit';
import { Redis } from 'ioredis';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const hour = 3_600_000;
let redis: TestRedis;
let connection: Redis;

beforeAll(async () => {
  redis = await startTestRedis();
  connection = new Redis(redis.url);
});
afterAll(async () => {
  connection.disconnect();
  await redis.stop();
});

const makers: [string, (now: () => number) => LimiterStore][] = [
  ['memory', (now) => new MemoryLimiterStore(now)],
  ['redis', (now) => new RedisLimiterStore(connection, now)],
];

describe.each(makers)('limits kept in %s', (name, make) => {
  const clock = { now: 1000 * hour };
  const at = (identity: string, isCounted = true) => ({
    identity: `${name}-${identity}`,
    limit: 10,
    windowMs: hour,
    isCounted,
  });
  const store = () => make(() => clock.now);

  test('gives the limit and no more, counting down', async () => {
    const limiter = store();
    const left: number[] = [];
    for (let index = 0; index < 10; index += 1) left.push((await limiter.take(at('a'))).remaining);
    expect(left).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(await limiter.take(at('a'))).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(await limiter.take(at('b'))).toMatchObject({ isAllowed: true, remaining: 9 });
  });

  test('looking consumes nothing, nor does a denial', async () => {
    const limiter = store();
    for (let index = 0; index < 20; index += 1) await limiter.take(at('look', false));
    for (let index = 0; index < 15; index += 1) await limiter.take(at('look'));
    const denied = await limiter.take(at('look'));
    clock.now += denied.resetMs + 1;
    expect(await limiter.take(at('look'))).toMatchObject({ isAllowed: true });
    expect(await limiter.take(at('look'))).toMatchObject({ isAllowed: false });
    clock.now = 1000 * hour;
  });

  test('the hour before fades as the window slides, and two hours later nothing is left of it', async () => {
    const limiter = store();
    for (let index = 0; index < 10; index += 1) await limiter.take(at('fades'));
    clock.now += 1.5 * hour;
    expect((await limiter.take(at('fades', false))).remaining).toBe(4);
    clock.now += 1.5 * hour;
    expect((await limiter.take(at('fades', false))).remaining).toBe(9);
    clock.now = 1000 * hour;
  });

  test('of a hundred at the same moment exactly the limit passes', async () => {
    const limiter = store();
    const decisions = await Promise.all(Array.from({ length: 100 }, () => limiter.take(at('burst'))));
    expect(decisions.filter(({ isAllowed }) => isAllowed)).toHaveLength(10);
  });
});

test('Redis keeps time by its own clock', async () => {
  const decision = await new RedisLimiterStore(connection).take({
    identity: 'own-clock',
    limit: 2,
    windowMs: hour,
    isCounted: true,
  });
  expect(decision).toMatchObject({ isAllowed: true, remaining: 1 });
  expect(decision.resetMs).toBeGreaterThan(0);
  expect(decision.resetMs).toBeLessThanOrEqual(hour);
});

test('while the shared store is away the local one still limits', async () => {
  const { log } = await createLog({ service: 'test', level: 'silent' });
  const away: LimiterStore = { take: () => Promise.reject(new Error('redis is away')) };
  const limiter = new GuardedLimiterStore({ shared: away, local: new MemoryLimiterStore(), log });
  const take = { identity: 'x', limit: 3, windowMs: hour, isCounted: true };
  const allowed: boolean[] = [];
  for (let index = 0; index < 5; index += 1) allowed.push((await limiter.take(take)).isAllowed);
  expect(allowed).toEqual([true, true, true, false, false]);
});
