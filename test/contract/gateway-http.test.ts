import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
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
