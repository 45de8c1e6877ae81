import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let owner: ApiClient;

beforeAll(async () => {
  fleet = await startGatewayUnderTest({ RATE_LIMIT_PER_MINUTE: '1000' });
  owner = await fleet.tenant();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

interface Client {
  readonly id: string;
  readonly secret: string;
}

async function makeClient(scopes = ['predict', 'account']): Promise<Client> {
  const made = await owner.post('/api/v1/oauth/clients', { label: 'robot', scopes });
  expect(made.status).toBe(201);
  return made.body;
}

const basic = ({ id, secret }: Client) => ({
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

async function ask(form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${fleet.url}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: asserted, not assumed
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}

async function tokenOf(client: Client, scope = ''): Promise<string> {
  const { status, body } = await ask(scope ? { scope } : {}, basic(client));
  expect(status).toBe(200);
  return body.access_token;
}

const holderOf = (token: string) => {
  const nobody = apiClient(fleet.url, undefined);
  const authorization = { Authorization: `Bearer ${token}` };
  return {
    get: (path: string) => nobody.get(path, authorization),
    predict: () => nobody.post('/api/v1/predict', { smiles: 'CCO' }, authorization),
  };
};

test('credentials in the header or in the form give a token that anybody can verify by the published keys', async () => {
  const client = await makeClient();
  const inForm = await ask({ client_id: client.id, client_secret: client.secret, scope: 'predict' });
  expect(inForm.body).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'predict models:*' });
  expect(inForm.headers.get('cache-control')).toBe('no-store');
  const token = await tokenOf(client);
  const jwks = createRemoteJWKSet(new URL(`${fleet.url}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(token, jwks, {
    issuer: 'sillage-test',
    audience: 'sillage-api',
    algorithms: ['EdDSA'],
  });
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
  expect(payload).toMatchObject({ sub: client.id, scope: 'predict account models:*' });
  expect(payload.jti).not.toBe(decodeJwt(inForm.body.access_token).jti);
});

test('a token is good for its scopes and belongs to its client’s tenant; the secret itself opens nothing', async () => {
  const client = await makeClient();
  const holder = holderOf(await tokenOf(client, 'predict'));
  expect((await holder.predict()).status).toBe(200);
  expect((await holder.get('/api/v1/keys')).body).toMatchObject({ status: 403, scope: 'account' });
  const account = holderOf(await tokenOf(client));
  expect((await account.get('/api/v1/oauth/clients')).body.clients[0].id).toBe(client.id);
  expect((await apiClient(fleet.url, client.secret).get('/api/v1/models')).status).toBe(401);
  expect((await owner.get('/api/v1/keys')).body.keys).not.toContainEqual(
    expect.objectContaining({ id: client.id }),
  );
});

test.each([
  ['another secret', { client_secret: 'cs_test_x' }, 401, 'invalid_client'],
  ['a scope it lacks', { scope: 'admin' }, 400, 'invalid_scope'],
  ['no scope at all', { scope: 'everything' }, 400, 'invalid_scope'],
  ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
] as const)('%s is refused as OAuth says', async (_, change, status, error) => {
  const client = await makeClient();
  const answer = await ask({ client_id: client.id, client_secret: client.secret, ...change });
  expect(answer.body).toEqual({ error, error_description: expect.any(String) });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('www-authenticate') !== null).toBe(status === 401);
});

test('a form that is none, and JSON, are refused', async () => {
  const client = await makeClient();
  const json = await apiClient(fleet.url, undefined).post('/oauth/token', {}, basic(client));
  expect(json.body).toMatchObject({ error: 'invalid_request' });
  const both = await ask({ client_secret: client.secret }, basic(client));
  expect(both.body).toMatchObject({ error: 'invalid_request' });
});

test('tokens of others, unsigned, expired or not yet valid are refused with their reason', async () => {
  const token = await tokenOf(await makeClient());
  const [head = '', payload = '', signature = ''] = token.split('.');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
  for (const [wrong, reason] of [
    [`${part({ alg: 'none', kid })}.${payload}.`, /signed with EdDSA; this one says "none"/],
    [`${part({ alg: 'EdDSA', kid: 'other' })}.${payload}.${signature}`, /key that is not known/],
    [`${head}.${part({ ...decodeJwt(token), scope: 'admin' })}.${signature}`, /signature does not hold/],
  ] as const) {
    const answer = await holderOf(wrong).predict();
    expect(answer.body).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(answer.body.detail).toMatch(reason);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
});

test('a client is rotated, narrowed and revoked; its tokens follow at once', async () => {
  const client = await makeClient();
  const token = holderOf(await tokenOf(client));
  const path = `/api/v1/oauth/clients/${client.id}`;
  const next = (await owner.post(`${path}/rotate`, { overlap_s: 60 })).body;
  expect((await token.predict()).status).toBe(200);
  expect((await holderOf(await tokenOf(next)).predict()).status).toBe(200);
  await owner.request('PATCH', path, { scopes: ['account'] });
  expect((await token.predict()).body).toMatchObject({ status: 403, scope: 'predict' });
  expect((await token.get('/api/v1/keys')).status).toBe(200);
  await owner.delete(path);
  expect((await token.get('/api/v1/keys')).body).toMatchObject({
    status: 401,
    detail: 'the client of this token was revoked',
  });
  expect((await ask({}, basic(client))).body).toMatchObject({ error: 'invalid_client' });
});

test('the key that signs is rotated: old tokens hold during the overlap, and none without one', async () => {
  const admin = await fleet.admin();
  const client = await makeClient();
  const old = holderOf(await tokenOf(client));
  const { kid } = (await admin.post('/api/v1/admin/signing-keys/rotate', {})).body;
  expect((await old.predict()).status).toBe(200);
  const fresh = holderOf(await tokenOf(client));
  expect((await fresh.predict()).status).toBe(200);
  expect((await owner.get('/.well-known/jwks.json')).body.keys[0]).toMatchObject({ kid, crv: 'Ed25519' });
  await admin.post('/api/v1/admin/signing-keys/rotate', { overlap_s: 0 });
  for (const holder of [old, fresh]) {
    expect((await holder.predict()).body.detail).toMatch(/not known, or no longer/);
  }
  expect((await holderOf(await tokenOf(client)).predict()).status).toBe(200);
});
