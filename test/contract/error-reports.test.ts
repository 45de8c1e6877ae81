import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runSql } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { makeTestFolder } from '../support/postgres.ts';

const events: string[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    events.push(body);
    receiver.emit('report');
    response.end('{}');
  });
});
const folder = makeTestFolder();
let fleet: GatewayUnderTest;

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  fleet = await startGatewayUnderTest({
    SENTRY_DSN: `http://reports@127.0.0.1:${port}/1`,
    SERVICE_VERSION: '9.9.9',
    // What is not logged is not reported.
    LOG_LEVEL: 'error',
    LOG_FILE: join(folder, 'gateway'),
  });
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('a fault is reported with its route and ids, and with nothing of the request; a refusal is not', async () => {
  const api = await fleet.tenant();
  expect((await api.post('/api/v1/predict', { smiles: '' })).status).toBe(400);
  expect((await api.get('/api/v1/jobs/none')).status).toBe(404);
  const { id } = (await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles: ['CCCCCCBr'] } })).body;
  expect(events).toEqual([]);

  // A table that is not as the code knows it: nobody foresees that.
  await runSql(fleet.postgres.url, 'alter table jobs.jobs rename column state to status_gone', []);
  const reported = once(receiver, 'report');
  const failed = await api.get(`/api/v1/jobs/${id}`);
  expect([failed.status, failed.body.code]).toEqual([500, 'internal']);
  await reported;
  const event = JSON.parse(events[0]?.split('\n')[2] ?? '');
  expect(event).toMatchObject({
    transaction: '/api/v1/jobs/{id}',
    release: 'sillage@9.9.9',
    environment: 'test',
    tags: { service: 'gateway', code: 'internal', request_id: failed.headers.get('x-request-id') },
    contexts: { trace: { trace_id: failed.headers.get('x-trace-id') } },
  });
  expect(event.exception.values[0].stacktrace.frames.length).toBeGreaterThan(0);
  for (const secret of [api.key, api.keyId, id, 'CCCCCCBr', '127.0.0.1', 'status_gone']) {
    expect(events.join()).not.toContain(secret);
  }
  await runSql(fleet.postgres.url, 'alter table jobs.jobs rename column status_gone to state', []);
}, 30_000);
