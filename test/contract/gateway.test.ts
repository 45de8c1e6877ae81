import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { scopeOfRoute } from '@sillage/contracts';
import { documentedRoutes } from '@sillage/contracts/openapi';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  // More routes are asked without a key than an address may in a minute.
  fleet = await startGatewayUnderTest({ RATE_LIMIT_PER_MINUTE: '1000' });
  api = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

const ndjson = { 'Content-Type': 'application/x-ndjson' };

test('one molecule: the answer, then the same from the cache without asking inference', async () => {
  const first = await api.post('/api/v1/predict', { smiles: 'COc1cc(C=O)ccc1O', top_k: 2 });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({
    model: { name: 'nose', version: '1' },
    predictions: [
      {
        input: 'COc1cc(C=O)ccc1O',
        notes: [
          { note: 'vanilla', probability: 0.97 },
          { note: 'sweet', probability: 0.5 },
        ],
        cached: false,
      },
    ],
    timing: { inference_ms: 1 },
  });
  const asked = fleet.script.predicted.length;
  const second = await api.post('/api/v1/predict', { smiles: ['COc1cc(C=O)ccc1O'], top_k: 2 });
  expect(second.body.predictions).toEqual([{ ...first.body.predictions[0], cached: true }]);
  expect(fleet.script.predicted.length).toBe(asked);
});

test('in a list a bad molecule fails its own row, and only what is not cached is asked', async () => {
  await api.post('/api/v1/predict', { smiles: 'CCO' });
  const { status, body } = await api.post('/api/v1/predict', {
    smiles: ['CCO', 'C1CC', '', 'C'.repeat(1001), 'CCC', 'CCC'],
  });
  expect(status).toBe(200);
  expect(fleet.script.predicted.at(-1)).toEqual(['C1CC', 'CCC']);
  expect(
    body.predictions.map(
      (row: { error?: { detail: string }; cached?: boolean }) => row.error?.detail ?? row.cached,
    ),
  ).toEqual([
    true,
    'ring 1 is never closed',
    'the SMILES is empty',
    'the SMILES has 1001 characters',
    false,
    false,
  ]);
});

test('a new version of the model is never mixed with cached rows of the old one', async () => {
  await api.post('/api/v1/predict', { smiles: 'CCCC' });
  fleet.script.modelVersion = '2';
  try {
    const { body } = await api.post('/api/v1/predict', { smiles: ['CCCC', 'CCCCC'] });
    expect(body.model.version).toBe('2');
    expect(body.predictions[0].cached).toBe(false);
  } finally {
    fleet.script.modelVersion = '1';
    await api.post('/api/v1/predict', { smiles: 'CCCCCC' });
  }
});

test('a single bad molecule is an error of the request that names the place', async () => {
  const { status, headers, body } = await api.post('/api/v1/predict', { smiles: 'C1CC' });
  expect(status).toBe(400);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({
    code: 'invalid_input',
    position: 2,
    errors: [
      { pointer: '/smiles', detail: expect.stringContaining('ring 1 is never closed; for instance C1CC1') },
    ],
  });
});

test.each([
  [
    'malformed JSON',
    '/api/v1/predict',
    '{"smiles": CCO}',
    400,
    { detail: /"CCO}" is not expected at character 12/ },
  ],
  ['NaN', '/api/v1/predict', '{"smiles": NaN}', 400, { detail: /written null/ }],
  ['cut JSON', '/api/v1/predict', '{"smiles": "CCO"', 400, { detail: /ends too early/ }],
  ['an empty body', '/api/v1/predict', '', 400, { detail: /it is empty/ }],
  ['JSON that is no object', '/api/v1/predict', '[1]', 400, { detail: /must be an object/ }],
  ['a million brackets', '/api/v1/predict', '['.repeat(1e6), 400, { detail: /not JSON/ }],
  ['bytes that are not UTF-8', '/api/v1/predict', Buffer.from([0x22, 0xff, 0x22]), 400, { detail: /UTF-8/ }],
  ['257 molecules', '/api/v1/predict', { smiles: Array(257).fill('C') }, 400, { detail: /256/ }],
  ['an empty SMILES', '/api/v1/predict', { smiles: '' }, 400, { detail: /empty/ }],
  ['an overlong SMILES', '/api/v1/predict', { smiles: 'C'.repeat(1001) }, 400, { detail: /1001 characters/ }],
  [
    'an unknown property',
    '/api/v1/predict',
    { smiles: 'C', topk: 1 },
    400,
    { detail: /topk is not a known/ },
  ],
  ['a body over the limit', '/api/v1/generate', `"${'a'.repeat(70_000)}"`, 413, { code: 'too_large' }],
  ['no molecules', '/api/v1/generate', { description: 'x', num_molecules: 0 }, 400, { detail: /1 to 1000/ }],
  [
    '1e9 molecules',
    '/api/v1/generate',
    { description: 'x', num_molecules: 1e9 },
    400,
    { detail: /1 to 1000/ },
  ],
  ['an unknown worker', '/api/v1/generate', { description: 'x', worker: 'w' }, 400, { detail: /baseline/ }],
  [
    'what is not about smell',
    '/api/v1/generate',
    { description: 'tax law' },
    422,
    { code: 'not_understood' },
  ],
  ['an unknown route', '/api/v1/nothing', {}, 404, { code: 'not_found' }],
  ['a path that cannot be decoded', '/api/v1/jobs/%E0%A4%A', {}, 400, { code: 'invalid_input' }],
])('%s', async (_name, path, sent, status, expected: { detail?: RegExp; code?: string }) => {
  const answer = await api.post(path, sent);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    status,
    requestId: answer.headers.get('x-request-id'),
    instance: path,
  });
  if (expected.detail) expect(answer.body.detail).toMatch(expected.detail);
  if (expected.code) expect(answer.body.code).toBe(expected.code);
});

test('a body without a length is cut at the limit too', async () => {
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('a'.repeat(16_384))),
  });
  const response = await fetch(`${fleet.url}/api/v1/keys`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': api.key },
    body: endless,
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(413);
});

test('a wrong content type is told what is read', async () => {
  const { status, body } = await api.post('/api/v1/predict', 'smiles=C', { 'Content-Type': 'text/plain' });
  expect(status).toBe(415);
  expect(body).toMatchObject({ code: 'unsupported_media_type', accepted: ['application/json'] });
});

test('a wrong method is told the right ones', async () => {
  const { status, headers, body } = await api.request('PUT', '/api/v1/jobs');
  expect(status).toBe(405);
  expect(headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
  expect(body.code).toBe('method_not_allowed');
  expect((await api.request('POST', '/health')).status).toBe(405);
});

test('every documented route is served, and asks for a key unless it is public', async () => {
  for (const route of documentedRoutes()) {
    const [method = '', pattern = ''] = route.split(' ');
    if (scopeOfRoute(method.toLowerCase(), pattern) === 'public') continue;
    const response = await fetch(fleet.url + pattern.replaceAll(/\{\w+\}/g, 'none'), { method });
    expect([route, response.status]).toEqual([route, 401]);
    await response.arrayBuffer();
  }
});

test('devices and readings, as JSON and NDJSON', async () => {
  const device = (await api.post('/api/v1/sensors/devices', { name: 'kitchen' })).body;
  const path = `/api/v1/sensors/devices/${device.id}`;
  const reading = { t: '2026-11-21T10:00:00Z', channels: { NO2: 216, VOC: null } };
  expect((await api.post(`${path}/readings`, { readings: [reading] })).body).toMatchObject({ stored: 1 });
  const lines = `${JSON.stringify(reading)}\n\n${JSON.stringify({ ...reading, t: '2026-11-21T10:00:01Z' })}`;
  expect((await api.post(`${path}/readings`, lines, ndjson)).body).toMatchObject({ stored: 2 });
  expect((await api.get(`${path}/readings?limit=10`)).body.readings).toEqual([
    { t: '2026-11-21T10:00:00.000Z', channels: { NO2: 216, VOC: null } },
    { t: '2026-11-21T10:00:01.000Z', channels: { NO2: 216, VOC: null } },
  ]);
  expect((await api.get(`${path}/classification`)).body).toMatchObject({
    status: 'ready',
    substance: 'almond',
    probabilities: [{ substance: 'almond', probability: 0.75 }, {}],
  });
  expect((await api.post(`${path}/calibrations`, {})).status).toBe(201);
  expect((await api.get('/api/v1/sensors/devices')).body.devices).toHaveLength(1);
  const another = await fleet.tenant();
  expect((await another.get(path)).status).toBe(404);
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.get(path)).status).toBe(404);
});

test('ten thousand readings go in one request, one more does not', async () => {
  const device = (await api.post('/api/v1/sensors/devices', { name: 'burst' })).body;
  const path = `/api/v1/sensors/devices/${device.id}/readings`;
  const line = (index: number) =>
    JSON.stringify({ t: new Date(1.8e12 + index * 1000).toISOString(), channels: { NO2: index, VOC: 1.5 } });
  const lines = Array.from({ length: 10_001 }, (_, index) => line(index));
  expect((await api.post(path, lines.slice(1).join('\n'), ndjson)).body).toMatchObject({ stored: 10_000 });
  expect((await api.post(path, lines.join('\n'), ndjson)).status).toBe(413);
  const wrong = await api.post(path, `${line(1)}\n{"t": 5}\n`, ndjson);
  expect(wrong.body.errors[0].pointer).toMatch(/^\/readings\/1/);
  const broken = await api.post(path, `${line(1)}\n{"t": NaN}\n`, ndjson);
  expect(broken.body.detail).toMatch(/line 2 is not JSON/);
});

test('probes, scrape, documents and the page behind each error', async () => {
  for (const path of ['/health', '/ready', '/health/live', '/health/ready', '/health/startup']) {
    expect((await fetch(fleet.url + path)).status).toBe(200);
  }
  const scrape = await api.text('/metrics');
  expect(scrape).toMatch(
    /olfactory_requests_total\{method="POST",endpoint="\/api\/v1\/predict",status="200"/,
  );
  expect(scrape).toMatch(/olfactory_cache_hit_rate\{tier="memory"/);
  expect(scrape).not.toContain('method="GET",endpoint="/health"');
  expect((await api.get('/openapi.json')).body.openapi).toBe('3.1.0');
  const page = await api.text('/docs');
  for (const [, asset] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect(asset).toMatch(/^\/docs\//);
    expect((await fetch(fleet.url + asset)).status).toBe(200);
  }
  const { type } = (await api.get('/nowhere')).body;
  const [path, code] = type.split('#');
  expect(await api.text(path)).toContain(`id="${code}"`);
});

test('answers carry the trace they belong to and plain security headers', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const { headers } = await api.get('/api/v1/keys', {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    'X-Request-Id': 'mine-1',
  });
  expect(headers.get('x-trace-id')).toBe(traceId);
  expect(headers.get('x-request-id')).toBe('mine-1');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.has('x-powered-by')).toBe(false);
  expect(headers.has('access-control-allow-origin')).toBe(false);
});
