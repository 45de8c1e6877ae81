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

export function recovery(get: GetFleet): void {
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
