import { expect, test } from '@jest/globals';
import { Events, Station } from './events.ts';
import { type ServiceTimes, simulateFleet } from './fleet-model.ts';
import { exponential, seeded } from './random.ts';

test('one server with random arrivals and services waits as M/M/1 says', () => {
  const events = new Events();
  const station = new Station(events);
  const random = seeded(5);
  const times: number[] = [];
  const arrive = () => {
    const bornMs = events.nowMs;
    station.serve(exponential(random, 7), () => times.push(events.nowMs - bornMs));
    if (times.length < 200_000) events.after(exponential(random, 10), arrive);
  };
  arrive();
  events.run();
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  // 1 / (1/7 - 1/10)
  expect(mean / (70 / 3)).toBeGreaterThan(0.95);
  expect(mean / (70 / 3)).toBeLessThan(1.05);
});

test('events come in the order of their time, those of one time as they were asked for; higher priority first', () => {
  const events = new Events();
  const seen: string[] = [];
  events.at(2, () => seen.push('b'));
  events.at(1, () => seen.push('a'));
  events.at(2, () => seen.push('c'));
  const station = new Station(events);
  for (const [name, priority] of [
    ['running', 0],
    ['low', 0],
    ['high', 1],
  ] as const) {
    station.serve(10, () => seen.push(name), priority);
  }
  events.run();
  expect(seen).toEqual(['a', 'b', 'c', 'running', 'high', 'low']);
  expect(station.busyMs).toBe(30);
});

const times: ServiceTimes = {
  ...{ rpcMs: 0.4, describeMs: 0.2, batchMs: 1, moleculeMs: 0.3, wayMs: 0.5 },
  ...{ gatewayMs: 0.5, redisMs: 0.02, postgresMs: 0.01, connectMs: 1, variation: [0.8, 1, 1.2] },
};
const shape = { gateways: 0, pods: 1, threads: 1, molecules: 8, maxRows: 64 };

test('alone a request takes the sum of its parts; a full pod answers what its processor can', () => {
  const alone = simulateFleet(times, shape, { perS: 5, seconds: 60, seed: 1 });
  expect(alone.p50).toBeGreaterThan(5);
  expect(alone.p50).toBeLessThan(7);
  const full = simulateFleet(times, shape, { callers: 32, seconds: 30, seed: 1 });
  // On one thread a batch goes before more chemistry, so that each request has its own: 0.4 + 8 × 0.5 + 1 ms.
  expect(full.perS * 5.4).toBeGreaterThan(980);
  expect(full.perS * 5.4).toBeLessThan(1030);
  expect(full.busy.inference).toBeGreaterThan(0.98);
});

test('two pods answer twice as much; one Redis for all is where many pods end', () => {
  const one = simulateFleet(times, { ...shape, gateways: 2 }, { callers: 64, seconds: 20, seed: 1 });
  const two = simulateFleet(times, { ...shape, gateways: 2, pods: 2 }, { callers: 64, seconds: 20, seed: 1 });
  expect(two.perS / one.perS).toBeGreaterThan(1.9);
  const slowRedis = { ...times, redisMs: 2 };
  const bent = simulateFleet(
    slowRedis,
    { ...shape, gateways: 8, pods: 8 },
    { callers: 256, seconds: 10, seed: 1 },
  );
  expect(bent.perS).toBeLessThan(510);
  expect(bent.busy.redis).toBeGreaterThan(0.95);
});
