import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApiClient } from '../support/api-client.ts';
import { runSql } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

let fleet: GatewayUnderTest;
let admin: ApiClient;

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  admin = await fleet.admin();
}, 60_000);
afterAll(() => fleet?.stop(), 60_000);

const job = { kind: 'predict', input: { smiles: ['CCO', 'CCC'] } };
const tenantOf = async (api: ApiClient) => (await api.get('/api/v1/account')).body.tenant.id as string;
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

test('an operator sees jobs of all tenants, by state and tenant, in pages; others are refused', async () => {
  const [one, two] = [await fleet.tenant(), await fleet.tenant()];
  const first = (await one.post('/api/v1/jobs', job)).body.id;
  const second = (await two.post('/api/v1/jobs', job)).body.id;
  const page = (await admin.get('/api/v1/admin/jobs?limit=1')).body;
  expect(page.jobs).toMatchObject([{ id: second, tenant_id: await tenantOf(two), status: 'queued' }]);
  expect(ids((await admin.get(`/api/v1/admin/jobs?limit=1&before=${page.next}`)).body.jobs)).toEqual([first]);
  const ofOne = (await admin.get(`/api/v1/admin/jobs?tenant_id=${await tenantOf(one)}`)).body.jobs;
  expect(ids(ofOne)).toEqual([first]);
  expect((await admin.get('/api/v1/admin/jobs?status=failed')).body.jobs).toEqual([]);
  expect((await admin.get('/api/v1/admin/jobs?status=dead')).status).toBe(400);
  for (const path of ['jobs', `jobs/${first}`, 'fleet', 'audit/verification']) {
    expect((await one.get(`/api/v1/admin/${path}`)).status).toBe(403);
  }
});

test('a dead letter is retried at its owner’s charge, or removed once it has ended; the log has both', async () => {
  const api = await fleet.tenant('TIER_FREE');
  const tenantId = await tenantOf(api);
  const { id } = (await api.post('/api/v1/jobs', job)).body;
  const path = `/api/v1/admin/jobs/${id}`;
  expect((await admin.delete(path)).body).toMatchObject({
    status: 409,
    detail: expect.stringContaining('cancel it first'),
  });
  await runSql(
    fleet.postgres.url,
    `update jobs.jobs set state = 'failed', open_chunks = 0, finished_at = now(),
       error = '{"code": "internal", "detail": "the model gave no answer"}' where id = $1`,
    [id],
  );
  await runSql(fleet.postgres.url, `update jobs.job_chunks set state = 'failed' where job_id = $1`, [id]);
  const dead = (await admin.get('/api/v1/admin/jobs?status=failed')).body.jobs;
  expect(dead).toMatchObject([{ id, error: { detail: 'the model gave no answer' } }]);
  expect((await admin.post(`${path}/retry`, {})).body).toMatchObject({ id, status: 'queued', error: null });
  expect((await api.get('/api/v1/account')).body.molecules.used).toBe(2);
  expect((await admin.post(`${path}/cancel`, {})).body.status).toBe('cancelled');
  expect((await admin.delete(path)).status).toBe(204);
  expect((await admin.get(path)).status).toBe(404);
  expect((await api.get(`/api/v1/jobs/${id}`)).status).toBe(404);
  const log = (await admin.get(`/api/v1/admin/audit?action=job.&tenant_id=${tenantId}`)).body.entries;
  expect(log.map(({ action }: { action: string }) => action)).toEqual([
    'job.discarded',
    'job.cancelled',
    'job.retried',
  ]);
});

test('tenants are found by part of the name, by id and by tier', async () => {
  const made = await admin.post('/api/v1/admin/tenants', { name: 'Maison 100% Lune', tier: 'pro' });
  const find = async (query: string) => ids((await admin.get(`/api/v1/admin/tenants?${query}`)).body.tenants);
  expect(await find('search=100%25%20LUNE')).toEqual([made.body.id]);
  expect(await find(`search=${made.body.id}`)).toEqual([made.body.id]);
  expect(await find('search=maison&tier=pro')).toEqual([made.body.id]);
  expect(await find('search=maison&tier=free')).toEqual([]);
});

test('the audit log by action, outcome and tenant; its chain holds, and a change shows', async () => {
  const made = await admin.post('/api/v1/admin/tenants', { name: 'Maison Chaîne' });
  await admin.request('PATCH', `/api/v1/admin/tenants/${made.body.id}`, { tier: 'pro' });
  const find = async (query: string) =>
    (await admin.get(`/api/v1/admin/audit?${query}&tenant_id=${made.body.id}`)).body.entries.map(
      ({ action }: { action: string }) => action,
    );
  expect(await find('action=tenant.')).toEqual(['tenant.updated', 'tenant.created']);
  expect(await find('action=tenant.created')).toEqual(['tenant.created']);
  expect(await find('outcome=failed')).toEqual([]);
  const path = '/api/v1/admin/audit/verification';
  const whole = (await admin.get(path)).body;
  expect(whole).toMatchObject({ holds: true, fault: null, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await admin.get(`${path}?rows=${whole.rows}&head=${whole.head}`)).body.holds).toBe(true);
  expect((await admin.get(`${path}?rows=${whole.rows}&head=${'0'.repeat(64)}`)).body).toMatchObject({
    holds: false,
    fault: `row ${whole.rows} is not the one that was noted`,
  });
  expect((await admin.get(`${path}?rows=1`)).body.errors).toMatchObject([{ pointer: '/head' }]);
});

test('the fleet: each process with its version and what it needs; one that is not there is away', async () => {
  const look = async () => (await admin.get('/api/v1/admin/fleet')).body;
  const named = (shown: { services: { name: string }[] }, name: string) =>
    shown.services.find((service) => service.name === name);
  const before = await look();
  expect(named(before, 'auth')).toMatchObject({
    state: 'ready',
    instances: [{ ready: true, version: expect.any(String), checks: [{ name: 'postgres', ok: true }] }],
  });
  expect(named(before, 'worker')).toMatchObject({ state: 'away', instances: [] });
  expect(before.queue.jobs).toEqual({ queued: expect.any(Number), running: 0, paused: 0 });
  const worker = await startWorkerProcess(fleet.workerEnv);
  try {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const shown = await look();
      const state = (named(shown, 'worker') as { state?: string } | undefined)?.state;
      if (state === 'ready' || state === 'impaired') break;
      expect(Date.now()).toBeLessThan(deadline);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await worker.kill();
  }
}, 40_000);
