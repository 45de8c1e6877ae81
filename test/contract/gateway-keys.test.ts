import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;

beforeAll(async () => {
  fleet = await startGatewayUnderTest({ RATE_LIMIT_PER_MINUTE: '30' });
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

test('a key is shown once, listed without its secret, and revoked at once', async () => {
  const api = await fleet.tenant();
  const made = await api.post('/api/v1/keys', { label: 'laboratory' });
  expect(made.status).toBe(201);
  const { secret, ...shown } = made.body;
  const holder = apiClient(fleet.url, secret);
  expect((await holder.get('/api/v1/keys')).body.keys).toContainEqual(shown);
  expect(JSON.stringify((await api.get('/api/v1/keys')).body)).not.toContain(secret);
  expect((await api.delete(`/api/v1/keys/${shown.id}`)).body.revoked_at).toBeTruthy();
  expect((await holder.get('/api/v1/keys')).body).toMatchObject({
    status: 401,
    detail: 'this API key was revoked',
  });
  expect((await api.delete(`/api/v1/keys/${shown.id}`)).status).toBe(200);
  expect((await api.delete('/api/v1/keys/none')).status).toBe(404);
});

test('who leaves while his new key is being verified does not take others with the same key along', async () => {
  const { key } = await fleet.tenant();
  const ask = (signal?: AbortSignal) =>
    fetch(`${fleet.url}/api/v1/models`, { headers: { 'X-API-Key': key }, ...(signal ? { signal } : {}) });
  const leaves = new AbortController();
  // Auth waits for the lock, and so does who asks.
  const lock = new pg.Client({ connectionString: fleet.postgres.url });
  await lock.connect();
  await lock.query('begin; lock table auth.keys in access exclusive mode');
  const first = ask(leaves.signal).catch(() => 'left');
  await until(lock, `select 1 from pg_locks where not granted and relation = 'auth.keys'::regclass`);
  const second = ask();
  // Nothing tells that it waits as well: that is what it shares.
  await new Promise((resolve) => setTimeout(resolve, 200));
  leaves.abort();
  expect(await first).toBe('left');
  await lock.query('commit');
  await lock.end();
  expect((await second).status).toBe(200);
});

async function until(connection: pg.Client, query: string): Promise<void> {
  while ((await connection.query(query)).rowCount === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

test('the bearer form holds as well; another scheme does not', async () => {
  const { key } = await fleet.tenant();
  const nobody = apiClient(fleet.url, undefined);
  expect((await nobody.get('/api/v1/keys', { Authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await nobody.get('/api/v1/keys', { Authorization: `bearer  ${key}` })).status).toBe(200);
  const basic = await nobody.get('/api/v1/keys', { Authorization: `Basic ${key}` });
  expect(basic.status).toBe(401);
  expect(basic.headers.get('www-authenticate')).toContain('Bearer');
});

test('the hourly limit of a tier: headers that count down, then 429 with the time to wait', async () => {
  const api = await fleet.tenant('TIER_FREE');
  const first = await api.get('/api/v1/keys');
  expect(first.headers.get('ratelimit-policy')).toBe('"hour";q=100;w=3600');
  expect(first.headers.get('ratelimit')).toMatch(/^"hour";r=99;t=\d+$/);
  const answers = await Promise.all(Array.from({ length: 110 }, () => api.get('/api/v1/keys')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
  const denied = answers.find(({ status }) => status === 429);
  expect(denied?.body).toMatchObject({ code: 'rate_limited' });
  expect(Number(denied?.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('without Postgres: 503 with Retry-After, readiness that says so, and recovery by itself', async () => {
  const api = await fleet.tenant();
  await api.get('/api/v1/keys');
  await fleet.postgres.halt();
  const away = await api.get('/api/v1/jobs');
  expect(away.body).toMatchObject({ status: 503, code: 'unavailable', dependency: 'postgres' });
  expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
  const ready = await fetch(`${fleet.url}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ checks: { postgres: { ok: false }, inference: { ok: true } } });
  await fleet.postgres.resume();
  const backMs = Date.now();
  while ((await api.get('/api/v1/jobs')).status !== 200) {
    expect(Date.now() - backMs).toBeLessThan(5000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}, 60_000);

test('an address that guesses keys is stopped; a key that is known still holds', async () => {
  const api = await fleet.tenant();
  await api.get('/api/v1/keys');
  const statuses: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    statuses.push((await apiClient(fleet.url, `sk_test_${index}`).get('/api/v1/keys')).status);
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(statuses.at(-1)).toBe(429);
  expect((await apiClient(fleet.url, undefined).get('/api/v1/keys')).status).toBe(429);
  expect((await api.get('/api/v1/keys')).status).toBe(200);
});
