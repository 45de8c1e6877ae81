import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createLog, Metrics } from '@sillage/kit';
import { OverloadGate } from './overload-gate.ts';

const open: { server: Server; gate: OverloadGate }[] = [];
afterEach(() => {
  for (const { server, gate } of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    gate.close();
  }
});

const { log } = await createLog({ service: 'gateway', level: 'silent' });

/** A server whose application holds every request until the test answers it. */
async function start(targetMs = 20) {
  const metrics = new Metrics('gateway');
  const tiers = new Map([
    ['key-of-free', { tenantId: 'f', tier: 'free' as const }],
    ['key-of-enterprise', { tenantId: 'e', tier: 'enterprise' as const }],
  ]);
  const gate = new OverloadGate({
    ...{ targetMs, most: 32, metrics },
    verifier: { hint: (credential) => tiers.get(credential) },
    log,
  });
  const held: ServerResponse[] = [];
  const server = createServer(gate.before((_request, response) => held.push(response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ server, gate });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (path: string, key: string, body = '{}') =>
    fetch(url + path, { method: 'POST', body, headers: { 'x-api-key': key, origin: 'https://a.example' } });
  /** Sends so many that nobody answers yet, and waits until they are in. */
  const hold = async (count: number, key: string) => {
    const answers = Array.from({ length: count }, () => ask('/api/v1/predict', key));
    while (held.length < count) await new Promise((resolve) => setImmediate(resolve));
    return answers;
  };
  return { gate, metrics, ask, hold, held };
}

test('what finds no room is refused with a problem that says when to come again; what is let in is answered', async () => {
  const { ask, hold, held, metrics } = await start();
  const answers = await hold(20, 'key-of-free');
  const refused = await ask('/api/v1/predict?x=1', 'key-of-free');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  expect(await refused.json()).toMatchObject({
    code: 'overloaded',
    status: 503,
    instance: '/api/v1/predict',
    detail: expect.stringContaining('higher tiers'),
  });
  const infer = await ask('/v2/models/m/versions/1/infer', 'unheard-of');
  expect(await infer.json()).toEqual({ error: expect.stringContaining('try again') });
  for (const response of held) response.end('done');
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  const text = await metrics.registry.metrics();
  expect(text).toContain('olfactory_overload_refused_total{tier="free",reason="tier",service="gateway"} 1');
  expect(text).toContain('endpoint="/v2/models/{model}/versions/{version}/infer",status="503"');
});

test('a higher tier goes in where a lower one finds no room, and what is not weighed always does', async () => {
  const { ask, hold, held } = await start();
  const answers = await hold(20, 'key-of-free');
  expect((await ask('/api/v1/predict', 'key-of-free')).status).toBe(503);
  const [more] = await hold(1, 'key-of-enterprise');
  const other = ask('/api/v1/keys', 'unheard-of');
  while (held.length < 22) await new Promise((resolve) => setImmediate(resolve));
  for (const response of held) response.end('done');
  expect((await more)?.status).toBe(200);
  expect((await other).status).toBe(200);
  await Promise.all(answers);
});

test('a large body counts as several requests, and room comes back when answers are out', async () => {
  const { ask, hold, held } = await start();
  const first = await hold(1, 'key-of-enterprise');
  expect((await ask('/api/v1/predict', 'key-of-enterprise', 'x'.repeat(9000))).status).toBe(503);
  held[0]?.end('done');
  await Promise.all(first);
  const second = ask('/api/v1/predict', 'key-of-enterprise', 'x'.repeat(9000));
  while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  held[1]?.end('done');
  expect((await second).status).toBe(200);
});

test('with a target of 0 nothing is refused', async () => {
  const { hold, held } = await start(0);
  const answers = await hold(60, 'unheard-of');
  for (const response of held) response.end('done');
  expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
});
