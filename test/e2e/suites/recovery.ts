import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Answer } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

/** Asks until the answer is as wanted; rejects with the last one when `limitMs` is over. */
async function until(
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
  limitMs: number,
): Promise<Answer> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${answer.status}: ${JSON.stringify(answer.body)}`);
    await delay(50);
  }
}

/** Asks again and again, four at a time, until `stop`, which tells how each was answered. */
function traffic(ask: (turn: number) => Promise<Answer>) {
  const statuses: number[] = [];
  let isOver = false;
  let turn = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { status } = await ask(turn++);
      statuses.push(status);
      await delay(10);
    }
  });
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(lanes);
      return statuses;
    },
  };
}

export function recovery(get: GetFleet): void {
  test('cached predictions go on while Redis and Postgres are killed and started again', async () => {
    const { api, postgres, redis, fleet } = get();
    const known = ['COc1cc(C=O)ccc1O', 'CCO', 'CSSC', 'CC1=CCC(CC1)C(=C)C'];
    await api.post('/api/v1/predict', { smiles: known });
    const pids = Object.values(fleet.processes).map(({ pid }) => pid);
    const cached = traffic((turn) => api.post('/api/v1/predict', { smiles: known[turn % known.length] }));
    if (redis) {
      await redis.halt();
      await delay(1500);
      // Not only what is cached: nobody needs Redis to predict.
      const fresh = await api.post('/api/v1/predict', { smiles: `CCCCO${'C'.repeat(11)}` });
      expect(fresh.status).toBe(200);
      // So no gateway leaves its load balancer for it; what goes without is told.
      const ready = await api.get('/ready');
      expect(ready).toMatchObject({ status: 200, body: { checks: { jobs: { ok: false } } } });
      await redis.resume();
      await delay(1500);
    }
    await postgres.halt();
    await delay(3000);
    await postgres.resume();
    await until(
      () => api.get('/ready'),
      ({ status }) => status === 200,
      10_000,
    );
    const statuses = await cached.stop();
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(100);
    expect(Object.values(fleet.processes).map(({ pid }) => pid)).toEqual(pids);
  }, 60_000);

  test('without Postgres the answer is 503 with Retry-After, /ready says what is missing, and it comes back by itself', async () => {
    const { api, postgres } = get();
    await postgres.halt();
    const away = await until(
      () => api.get('/api/v1/jobs'),
      ({ status }) => status === 503,
      10_000,
    );
    expect(away.body).toMatchObject({ code: 'unavailable' });
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    const ready = await until(
      () => api.get('/ready'),
      ({ status }) => status === 503,
      10_000,
    );
    expect(ready.body.checks.postgres).toMatchObject({ ok: false });
    expect((await api.get('/health/live')).status).toBe(200);

    await postgres.resume();
    const returned = Date.now();
    await until(
      () => api.get('/api/v1/jobs'),
      ({ status }) => status === 200,
      5000,
    );
    await until(
      () => api.get('/ready'),
      ({ status }) => status === 200,
      5000,
    );
    expect(Date.now() - returned).toBeLessThan(5000);
  }, 60_000);

  test('a service that dies is started again and the fleet answers', async () => {
    const { api, fleet } = get();
    const { inference } = fleet.processes;
    const before = inference.pid;
    if (before === undefined) throw new Error('inference does not run');
    process.kill(before, 'SIGKILL');
    await until(
      () => api.post('/api/v1/predict', { smiles: `CCCCO${'C'.repeat(9)}` }),
      ({ status }) => status === 200,
      20_000,
    );
    expect(inference.pid).not.toBe(before);
  }, 60_000);
}
