import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  fleet = await startGatewayUnderTest({
    RATE_LIMIT_PER_MINUTE: '1000',
    CORS_ORIGINS: 'https://app.example',
    TRUST_PROXY_HOPS: '1',
    HSTS_MAX_AGE_S: '31536000',
    BODY_WINDOW_MS: '300',
  });
  api = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** An answer as it comes over the wire; fetch would unpack it. */
function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      fleet.url + path,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'x-api-key': api.key, 'content-type': 'application/json', ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const sixty = { smiles: Array.from({ length: 60 }, (_, index) => 'C'.repeat(index + 1)), top_k: 2 };

test.each([
  ['br', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['gzip, br', 'br', brotliDecompressSync],
])('a large answer for who accepts %s', async (accepted, coding, unpack) => {
  const { headers, bytes } = await ask('/api/v1/predict', { 'accept-encoding': accepted }, sixty);
  expect(headers['content-encoding']).toBe(coding);
  expect(headers.vary).toMatch(/accept-encoding/i);
  const plain = unpack(bytes);
  expect(JSON.parse(plain.toString()).predictions).toHaveLength(60);
  expect(bytes.length).toBeLessThan(plain.length / 4);
});

test('a small answer, and one for who accepts nothing, go as they are', async () => {
  const small = await ask('/api/v1/predict', { 'accept-encoding': 'gzip, br' }, { smiles: 'CCO', top_k: 2 });
  expect(small.headers['content-encoding']).toBeUndefined();
  expect(Number(small.headers['content-length'])).toBe(small.bytes.length);
  expect((await ask('/api/v1/predict', {}, sixty)).headers['content-encoding']).toBeUndefined();
});

test('pages and scripts of /docs are compressed, and so is the OpenAPI document', async () => {
  for (const path of ['/docs/swagger-ui-bundle.js', '/problems', '/openapi.json']) {
    const { status, headers, bytes } = await ask(path, { 'accept-encoding': 'br' });
    expect([path, status, headers['content-encoding']]).toEqual([path, 200, 'br']);
    expect(brotliDecompressSync(bytes).length).toBeGreaterThan(2 * bytes.length);
  }
});

test('events are never compressed', async () => {
  const { headers, bytes } = await ask(
    '/api/v1/generate',
    { accept: 'text/event-stream', 'accept-encoding': 'gzip, br' },
    { description: 'vanilla', num_molecules: 3 },
  );
  expect(headers['content-type']).toContain('text/event-stream');
  expect(headers['content-encoding']).toBeUndefined();
  expect(bytes.toString()).toContain('event: ');
});

test.each(['/api/v1/models', '/api/v1/jobs', '/openapi.json'])(
  '%s is not sent again to who has it, however it was packed',
  async (path) => {
    const first = await ask(path);
    expect(first.status).toBe(200);
    const etag = first.headers.etag ?? '';
    expect(etag).toMatch(/^W\/"/);
    expect(first.headers['cache-control']).toMatch(/no-cache|max-age=60/);
    const packed = await ask(path, { 'accept-encoding': 'gzip', 'if-none-match': `"other", ${etag}` });
    expect([packed.status, packed.bytes.length, packed.headers.etag]).toEqual([304, 0, etag]);
    expect((await ask(path, { 'if-none-match': '"other"' })).status).toBe(200);
  },
);

test('what changes has another tag', async () => {
  const path = '/api/v1/sensors/devices';
  const { headers } = await ask(path);
  await api.post(path, { name: 'kitchen' });
  const after = await ask(path, { 'if-none-match': headers.etag ?? '' });
  expect(after.status).toBe(200);
  expect(after.headers.etag).not.toBe(headers.etag);
});

test('pages of an origin that is let in may send and read what a client needs; others may not', async () => {
  const preflight = (origin: string) =>
    fetch(`${fleet.url}/api/v1/keys/one`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'x-api-key,content-type,if-none-match',
      },
    });
  const allowed = await preflight('https://app.example');
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(allowed.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('if-none-match');
  expect((await preflight('https://evil.example')).headers.has('access-control-allow-origin')).toBe(false);
  const { headers } = await ask('/api/v1/models', { origin: 'https://app.example' });
  for (const name of ['x-request-id', 'etag', 'link', 'ratelimit', 'retry-after', 'location']) {
    expect(headers['access-control-expose-headers']?.split(',')).toContain(name);
  }
});

test('browsers are told to keep to TLS only on what came by TLS', async () => {
  const plain = await ask('/api/v1/models');
  expect(plain.headers['strict-transport-security']).toBeUndefined();
  const secure = await ask('/api/v1/models', { 'x-forwarded-proto': 'https' });
  expect(secure.headers['strict-transport-security']).toBe('max-age=31536000');
  expect(secure.headers['x-content-type-options']).toBe('nosniff');
});

/** What the gateway says to bytes sent as they are, until it hangs up. */
function say(...pieces: string[]): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(fleet.url);
    const socket = createConnection(Number(port), hostname);
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes.toString();
    });
    // A peer that hangs up while we send is what is awaited here.
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
    for (const piece of pieces) socket.write(piece);
  });
}

const head = () =>
  `POST /api/v1/predict HTTP/1.1\r\nHost: a\r\nX-API-Key: ${api.key}\r\nContent-Type: application/json\r\n`;
const smuggled = 'GET /api/v1/models HTTP/1.1\r\nHost: a\r\n\r\n';

test.each([
  ['a length and chunks', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['chunks and a length', `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`],
  ['two lengths', `Content-Length: 4\r\nContent-Length: 60\r\n\r\n{}  ${smuggled}`],
  ['a length that is a list', `Content-Length: 4, 4\r\n\r\n{}  ${smuggled}`],
  ['a length with a sign', `Content-Length: +4\r\n\r\n{}  ${smuggled}`],
  ['a coding that hides chunks', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a coding with a space before its colon', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  ['a header that is folded', `X-A: b\r\n Content-Length: 4\r\n\r\n${smuggled}`],
  ['a size of a chunk that is no number', 'Transfer-Encoding: chunked\r\n\r\n0x4\r\n{}  \r\n0\r\n\r\n'],
])('%s: refused, and nothing after it is read', async (_name, rest) => {
  const said = await say(head() + rest);
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  expect(said).toContain('connection: close');
});

test('headers without end are 431, in the form of every error', async () => {
  const said = await say(`${head()}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
  expect(said).toMatch(/^HTTP\/1\.1 431 /);
  expect(said).toContain('application/problem+json');
  const problem = JSON.parse(said.slice(said.indexOf('\r\n\r\n')));
  expect(problem).toMatchObject({
    code: 'headers_too_large',
    status: 431,
    type: '/problems#headers_too_large',
  });
  expect(said).toContain(`x-request-id: ${problem.requestId}`);
});

test.each([
  ['JSON', '/api/v1/predict', 'application/json', '{"smiles": '],
  ['a file', '/api/v1/jobs', 'text/csv', 'smiles\nCCO\nCC'],
  [
    'a form',
    '/api/v1/jobs',
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nsmiles\nCC',
  ],
  ['tensors', '/v2/models/nose/infer', 'application/octet-stream', '{"inputs": '],
])('%s that trickles in is ended with 408, and the gateway goes on', async (_name, path, type, begin) => {
  const said = await say(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${api.key}\r\nContent-Type: ${type}\r\nContent-Length: 4000\r\n\r\n${begin}`,
  );
  expect(said).toMatch(/^HTTP\/1\.1 408 /);
  expect(said).toContain('the body comes too slowly');
  expect((await api.post('/api/v1/predict', { smiles: 'CCO' })).status).toBe(200);
});

const job = { kind: 'predict', input: { smiles: ['C'] } };
test.each([
  ['/api/v1/jobs', 'jobs', 'before', job],
  // The tenant has the key it asks with already.
  ['/api/v1/keys', 'keys', 'before', {}],
  ['/api/v1/oauth/clients', 'clients', 'before', {}],
  ['/api/v1/sensors/devices', 'devices', 'before', { name: 'nose' }],
])('%s says where it goes on, until its last page', async (list, member, cursor, thing) => {
  const own = await fleet.tenant();
  const made = member === 'keys' ? [own.keyId] : [];
  for (let things = 0; things < 3; things += 1) made.push((await own.post(list, thing)).body.id);
  const seen: string[] = [];
  let path: string | undefined = `${list}?limit=2`;
  for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
    const { status, headers, body } = await own.get(path);
    expect([status, body[member]?.length <= 2]).toEqual([200, true]);
    seen.push(...body[member].map(({ id }: { id: string }) => id));
    path = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(path === undefined).toBe(body.next === null);
    if (path) expect(path.startsWith(`${list}?limit=2&${cursor}=`)).toBe(true);
  }
  expect(seen.toSorted()).toEqual(made.toSorted());
});

test('version 2 of predict: always rows, each by the name the caller gave it, from the same cache', async () => {
  const kept = 'CCCCO';
  const v1 = await api.post('/api/v1/predict', { smiles: kept, top_k: 2 });
  const asked = fleet.script.predicted.length;
  const one = await api.post('/api/v2/predict', { molecules: [{ id: 'a "b"', smiles: kept }], top_k: 2 });
  expect(one.status).toBe(200);
  expect(one.body.predictions).toEqual([{ id: 'a "b"', ...v1.body.predictions[0], cached: true }]);
  expect(fleet.script.predicted.length).toBe(asked);
  const bad = await api.post('/api/v2/predict', { molecules: [{ id: 'x', smiles: 'C1CC' }] });
  expect(bad.status).toBe(200);
  expect(bad.body.predictions).toMatchObject([{ id: 'x', input: 'C1CC', error: { code: 'invalid_input' } }]);
  const mixed = await api.post('/api/v2/predict', {
    molecules: [{ smiles: 'CCO' }, { id: '1', smiles: 'CCO' }, { id: '2', smiles: '' }],
  });
  expect(mixed.body.predictions.map((row: { id?: string; error?: object }) => [row.id, !row.error])).toEqual([
    [undefined, true],
    ['1', true],
    ['2', false],
  ]);
  const wrong = await api.post('/api/v2/predict', { molecules: [{ smiles: 5 }], smiles: 'C' });
  expect(wrong.status).toBe(400);
  expect(wrong.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
    '/molecules/0/smiles',
    '/smiles',
  ]);
});

test('where to go on from that is no such place is a 400 that says so', async () => {
  const admin = await fleet.admin();
  for (const path of ['jobs', 'admin/tenants', 'admin/audit', 'account/audit', 'keys', 'oauth/clients']) {
    for (const before of ['nonsense', '']) {
      const { status, body } = await admin.get(`/api/v1/${path}?before=${before}`);
      expect([path, before, status, body.errors?.[0].pointer]).toEqual([path, before, 400, '/before']);
    }
  }
});
