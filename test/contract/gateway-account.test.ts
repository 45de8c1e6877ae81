import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runSql } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

type Api = Awaited<ReturnType<GatewayUnderTest['tenant']>>;

/** As if so many molecules had been used this month. */
async function use(api: Api, molecules: number): Promise<void> {
  const { tenant } = (await api.get('/api/v1/account')).body;
  await runSql(
    fleet.postgres.url,
    `insert into auth.quota_use (tenant_id, month, molecules) values ($1, date_trunc('month', now() at time zone 'utc'), $2)
     on conflict (tenant_id, month) do update set molecules = excluded.molecules`,
    [tenant.id, molecules],
  );
}

test('an account tells its tier, its limits and what is left of the month', async () => {
  const api = await fleet.tenant('TIER_FREE');
  await api.post('/api/v1/predict', { smiles: ['CCO', 'CCC', 'CCCC'] });
  const { status, body } = await api.get('/api/v1/account');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    tenant: { name: expect.any(String), tier: 'free' },
    limits: { requests_per_hour: 100, molecules_per_month: 10_000, concurrent_jobs: 2 },
    molecules: { used: 3, left: 9997 },
    open_jobs: 0,
    credential: { kind: 'key', id: api.keyId },
  });
  const enterprise = await fleet.tenant('TIER_ENTERPRISE');
  expect((await enterprise.get('/api/v1/account')).body).toMatchObject({
    limits: { requests_per_hour: null, molecules_per_month: null },
    molecules: { used: 0, left: null },
  });
});

test('past the month’s molecules: 429 that says what is left and when it resets; a smaller request passes', async () => {
  const api = await fleet.tenant('TIER_FREE');
  await use(api, 9998);
  const refused = await api.post('/api/v1/predict', { smiles: ['CCO', 'CCC', 'CCCC'] });
  expect(refused.body).toMatchObject({
    status: 429,
    code: 'quota_exceeded',
    detail: expect.stringContaining('2 of this month'),
    quota: { name: 'molecules_per_month', limit: 10_000, used: 9998 },
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await api.post('/api/v1/predict', { smiles: ['CCO', 'CCC'] })).status).toBe(200);
  expect((await api.post('/api/v1/generate', { description: 'vanilla', num_molecules: 1 })).status).toBe(429);
  expect((await api.get('/api/v1/account')).body.molecules).toMatchObject({ used: 10_000, left: 0 });
});

test('an export has every row of usage, however many a month has', async () => {
  const api = await fleet.tenant();
  const { tenant } = (await api.get('/api/v1/account')).body;
  await runSql(
    fleet.postgres.url,
    `insert into auth.usage (tenant_id, day, endpoint, key_id, requests, molecules, errors)
     select $1, date '2026-01-01' + n % 3, '/api/' || n, 'key-' || n % 2, n, 0, 0 from generate_series(1, 12000) n`,
    [tenant.id],
  );
  const lines = (await api.text('/api/v1/account/export')).trim().split('\n');
  const usage = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'usage');
  const old = usage.filter(({ day }) => day.startsWith('2026-01-0'));
  expect(new Set(old.map(({ endpoint }) => endpoint)).size).toBe(12_000);
  expect(old.reduce((sum, { requests }) => sum + requests, 0)).toBe((12_000 * 12_001) / 2);
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ type: 'end', lines: lines.length - 1 });
});

test('what was not answered is given back: rows that fail, molecules that were not found', async () => {
  const api = await fleet.tenant('TIER_FREE');
  await api.post('/api/v1/predict', { smiles: ['CCO', 'C'.repeat(2000)] });
  const found = await api.post('/api/v1/generate', { description: 'rare', num_molecules: 20 });
  expect(found.body.molecules).toHaveLength(1);
  expect((await api.post('/api/v1/generate', { description: 'tax law', num_molecules: 20 })).status).toBe(
    422,
  );
  expect((await api.get('/api/v1/account')).body.molecules.used).toBe(2);
});

test('while Postgres is away a hundredth of the month passes on credit and is charged afterwards', async () => {
  const api = await fleet.tenant('TIER_FREE');
  expect((await api.post('/api/v1/predict', { smiles: ['CCO'] })).status).toBe(200);
  await fleet.postgres.halt();
  const answers: number[] = [];
  for (let request = 0; request < 4; request += 1) {
    answers.push((await api.post('/api/v1/predict', { smiles: Array(30).fill('CCO') })).status);
  }
  // Three times 30 of 100; the reserve of the first request is 16.
  expect(answers).toEqual([200, 200, 200, 503]);
  await fleet.postgres.resume();
  const account = () => api.get('/api/v1/account');
  const deadline = Date.now() + 10_000;
  while ((await account()).status !== 200) expect(Date.now()).toBeLessThan(deadline);
  expect((await account()).body.molecules.used).toBe(91);
}, 60_000);

test('usage by day, endpoint and key; what was refused counts as an error', async () => {
  const api = await fleet.tenant('TIER_FREE');
  await api.post('/api/v1/predict', { smiles: ['CCO', 'CCC'] });
  await api.post('/api/v1/predict', { smiles: 7 });
  await api.get('/api/v1/jobs');
  const today = new Date().toISOString().slice(0, 10);
  const byEndpoint = (await api.get('/api/v1/account/usage?group_by=endpoint,key')).body;
  expect(byEndpoint.rows).toEqual([
    { endpoint: '/api/v1/jobs', key_id: api.keyId, requests: 1, molecules: 0, errors: 0 },
    { endpoint: '/api/v1/predict', key_id: api.keyId, requests: 2, molecules: 2, errors: 1 },
  ]);
  expect(byEndpoint).toMatchObject({ to: today, group_by: ['endpoint', 'key'], total: { requests: 3 } });
  const byDay = (await api.get(`/api/v1/account/usage?from=${today}&to=${today}`)).body;
  expect(byDay.rows).toEqual([{ day: today, requests: 4, molecules: 2, errors: 1 }]);
  expect((await api.get('/api/v1/account/usage?from=2020-01-01&to=2019-01-01')).body).toMatchObject({
    status: 400,
    errors: [{ pointer: '/to' }],
  });
  expect((await api.get('/api/v1/account/usage?group_by=colour')).status).toBe(400);
});

test('jobs: charged whole, two at a time, and given back where they were cancelled', async () => {
  const api = await fleet.tenant('TIER_FREE');
  const post = () => api.post('/api/v1/jobs', { kind: 'predict', input: { smiles: Array(100).fill('CCO') } });
  const first = await post();
  expect([first.status, (await post()).status]).toEqual([202, 202]);
  const refused = await post();
  expect(refused.body).toMatchObject({
    status: 429,
    code: 'quota_exceeded',
    quota: { name: 'concurrent_jobs', limit: 2, used: 2 },
  });
  expect((await api.get('/api/v1/account')).body).toMatchObject({ molecules: { used: 200 }, open_jobs: 2 });
  await api.delete(`/api/v1/jobs/${first.body.id}`);
  // The place is free at once: what ended is looked up before anybody is refused.
  const third = await post();
  expect(third.status).toBe(202);
  expect((await api.get('/api/v1/account')).body).toMatchObject({ molecules: { used: 200 }, open_jobs: 2 });
  await use(api, 10_050);
  await api.delete(`/api/v1/jobs/${third.body.id}`);
  expect((await post()).body).toMatchObject({ status: 429, quota: { name: 'molecules_per_month' } });
});

test('an idempotent repeat is charged once; a resumed job is charged again', async () => {
  const api = await fleet.tenant('TIER_FREE');
  const body = { kind: 'predict', input: { smiles: ['CCO', 'CCC'] } };
  const made = [await api.post('/api/v1/jobs', body, { 'Idempotency-Key': 'one' })];
  made.push(await api.post('/api/v1/jobs', body, { 'Idempotency-Key': 'one' }));
  expect(made.map(({ status }) => status)).toEqual([202, 200]);
  const used = async () => (await api.get('/api/v1/account')).body.molecules.used;
  expect(await used()).toBe(2);
  await api.delete(`/api/v1/jobs/${made[0]?.body.id}`);
  expect((await api.post(`/api/v1/jobs/${made[0]?.body.id}/resume`, undefined)).status).toBe(200);
  expect(await used()).toBe(2);
});
