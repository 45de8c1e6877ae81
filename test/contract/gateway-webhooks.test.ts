import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isSignatureValid } from '@sillage/jobs';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

let fleet: GatewayUnderTest;
let worker: WorkerProcess;
let api: ApiClient & { readonly key: string };

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const received: Received[] = [];
let status = 200;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { url: path = '', headers } = request;
    received.push({ path, headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(status).end();
    receiver.emit('told');
  });
});
let url = '';

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  worker = await startWorkerProcess(fleet.workerEnv);
  api = await fleet.tenant();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}, 60_000);

afterAll(async () => {
  await worker?.kill();
  await fleet?.stop();
  receiver.close();
});

async function settled(id: string): Promise<{ state: string; attempts: { status: number | null }[] }> {
  for (;;) {
    const { deliveries } = (await api.get('/api/v1/webhook-deliveries?limit=100')).body;
    const found = deliveries.find((one: { id: string }) => one.id === id);
    if (found.attempts.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('an account’s webhook hears of every job it asked for, signed; the log shows it, page by page', async () => {
  const made = await api.post('/api/v1/webhooks', { url: `${url}/all`, label: 'laboratory' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ label: 'laboratory', secret: expect.stringMatching(/^whsec_/) });
  const onlyFailures = await api.post('/api/v1/webhooks', { url: `${url}/failures`, events: ['job.failed'] });
  const { webhooks } = (await api.get('/api/v1/webhooks')).body;
  expect(webhooks.map(({ id }: { id: string }) => id)).toEqual([onlyFailures.body.id, made.body.id]);
  expect(JSON.stringify(webhooks)).not.toContain('secret');

  const job = await api.post('/api/v1/jobs', {
    kind: 'predict',
    input: { smiles: ['CCO'] },
    webhook: { url: `${url}/own` },
  });
  while (received.length < 2) await once(receiver, 'told');
  expect(received.map(({ path }) => path).sort()).toEqual(['/all', '/own']);
  const told = received.find(({ path }) => path === '/all');
  const signature = String(told?.headers['sillage-signature']);
  expect(isSignatureValid(made.body.secret, told?.body ?? '', signature, Date.now() / 1000)).toBe(true);
  expect(JSON.parse(told?.body ?? '')).toMatchObject({
    type: 'job.succeeded',
    data: { job: { id: job.body.id, status: 'succeeded' } },
  });

  const first = (await api.get('/api/v1/webhook-deliveries?limit=1')).body;
  const second = (await api.get(`/api/v1/webhook-deliveries?limit=1&before=${first.next}`)).body;
  const both = [...first.deliveries, ...second.deliveries];
  expect(both.map(({ job_id: id }) => id)).toEqual([job.body.id, job.body.id]);
  expect(new Set(both.map(({ webhook_id: id }) => id))).toEqual(new Set([made.body.id, null]));
  const ofJob = (await api.get(`/api/v1/jobs/${job.body.id}/deliveries`)).body.deliveries;
  expect(ofJob).toHaveLength(2);
  const ofWebhook = (await api.get(`/api/v1/webhook-deliveries?webhook_id=${made.body.id}`)).body;
  expect(ofWebhook.deliveries).toHaveLength(1);
}, 30_000);

test('a test delivery that fails shows its attempt and the next one; redelivery sends it again', async () => {
  status = 500;
  const { webhooks } = (await api.get('/api/v1/webhooks')).body;
  const sent = await api.post(`/api/v1/webhooks/${webhooks[0].id}/test`, {});
  expect(sent.status).toBe(202);
  expect(sent.body).toMatchObject({ event: 'webhook.test', job_id: null, state: 'pending', attempts: [] });
  const failed = await settled(sent.body.id);
  expect(failed).toMatchObject({
    state: 'pending',
    next_attempt_at: expect.any(String),
    attempts: [{ status: 500, error: 'status 500', duration_ms: expect.any(Number) }],
  });
  const pending = (await api.get('/api/v1/webhook-deliveries?state=pending')).body.deliveries;
  expect(pending.map(({ id }: { id: string }) => id)).toEqual([sent.body.id]);
  status = 200;
  const again = await api.post(`/api/v1/webhook-deliveries/${sent.body.id}/redeliver`, {});
  expect(again.status).toBe(202);
  await once(receiver, 'told');
  const shown = await api.get('/api/v1/webhook-deliveries?limit=1');
  expect(shown.body.deliveries[0].attempts.length).toBeGreaterThanOrEqual(1);
}, 30_000);

test('what is wrong is named; another tenant sees nothing; a webhook goes with its deliveries', async () => {
  expect((await api.post('/api/v1/webhooks', { url: 'http://10.0.0.1/x' })).body.errors[0].pointer).toBe(
    '/url',
  );
  expect((await api.post('/api/v1/webhooks', { url, events: ['job.begun'] })).status).toBe(400);
  const { webhooks } = (await api.get('/api/v1/webhooks')).body;
  const other = await fleet.tenant();
  expect((await other.get('/api/v1/webhooks')).body.webhooks).toEqual([]);
  expect((await other.get('/api/v1/webhook-deliveries')).body).toEqual({ deliveries: [], next: null });
  expect((await other.delete(`/api/v1/webhooks/${webhooks[0].id}`)).status).toBe(404);
  expect((await other.post(`/api/v1/webhooks/${webhooks[0].id}/test`, {})).status).toBe(404);
  expect((await api.get('/api/v1/webhook-deliveries?before=nothing')).status).toBe(400);
  expect((await api.delete(`/api/v1/webhooks/${webhooks[0].id}`)).status).toBe(204);
  const left = (await api.get('/api/v1/webhook-deliveries')).body.deliveries;
  expect(left.some(({ webhook_id: id }: { webhook_id: string }) => id === webhooks[0].id)).toBe(false);
});

test('an account has at most ten webhooks', async () => {
  const full = await fleet.tenant();
  for (let index = 0; index < 10; index += 1) {
    expect((await full.post('/api/v1/webhooks', { url: `${url}/${index}` })).status).toBe(201);
  }
  expect((await full.post('/api/v1/webhooks', { url })).body).toMatchObject({
    status: 409,
    detail: expect.stringContaining('10 webhooks'),
  });
});
