import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;
let admin: ApiClient;

beforeAll(async () => {
  fleet = await startGatewayUnderTest({ RATE_LIMIT_PER_MINUTE: '1000', TRUST_PROXY_HOPS: '1' });
  admin = await fleet.admin();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

test('a key is renamed, rotated with an overlap, and its life can be read in the account’s audit log', async () => {
  const api = await fleet.tenant();
  const { secret, ...made } = (await api.post('/api/v1/keys', { label: 'one' })).body;
  const renamed = await api.request('PATCH', `/api/v1/keys/${made.id}`, { label: 'two' });
  expect(renamed.body).toEqual({ ...made, label: 'two' });
  const rotated = await api.post(`/api/v1/keys/${made.id}/rotate`, { overlap_s: 3600 });
  expect(rotated.status).toBe(201);
  expect(rotated.headers.get('cache-control')).toBe('no-store');
  expect(rotated.body).toMatchObject({ label: 'two', replaces: made.id });
  for (const key of [secret, rotated.body.secret]) {
    expect((await apiClient(fleet.url, key).get('/api/v1/keys')).status).toBe(200);
  }
  const at = (await api.post(`/api/v1/keys/${rotated.body.id}/rotate`, { overlap_s: 0 })).body;
  expect((await apiClient(fleet.url, rotated.body.secret).get('/api/v1/keys')).status).toBe(401);
  expect((await apiClient(fleet.url, at.secret).get('/api/v1/keys')).status).toBe(200);
  const again = await api.post(`/api/v1/keys/${made.id}/rotate`, {});
  expect(again.body).toMatchObject({ status: 409, code: 'conflict' });
  const { entries, next } = (await api.get('/api/v1/account/audit?limit=4')).body;
  expect(entries.map(({ action }: { action: string }) => action)).toEqual([
    'key.rotated',
    'key.rotated',
    'key.updated',
    'key.created',
  ]);
  expect(entries[0]).toMatchObject({ actor: `key:${api.keyId}`, target: `key:${rotated.body.id}` });
  expect((await api.get(`/api/v1/account/audit?limit=200&before=${next}`)).body.next).toBeNull();
});

test('a key is good from its networks only', async () => {
  const api = await fleet.tenant();
  const made = (await api.post('/api/v1/keys', { address_ranges: ['203.0.113.0/24', '2001:db8::/32'] })).body;
  expect(made.address_ranges).toEqual(['203.0.113.0/24', '2001:db8::/32']);
  const from = (address: string) =>
    apiClient(fleet.url, made.secret).get('/api/v1/models', { 'X-Forwarded-For': address });
  expect((await from('203.0.113.9')).status).toBe(200);
  expect((await from('2001:db8::9')).status).toBe(200);
  const elsewhere = await from('198.51.100.1');
  expect(elsewhere.body).toMatchObject({ status: 403, code: 'forbidden' });
  expect(elsewhere.body.detail).toMatch(/from this address/);
  const wrong = await api.post('/api/v1/keys', { address_ranges: ['203.0.113.0/24', 'office'] });
  expect(wrong.body).toMatchObject({ status: 400, errors: [{ pointer: '/address_ranges/1' }] });
});

test('a key that ends is refused from then on, though its verdict is cached', async () => {
  const api = await fleet.tenant();
  const due = Date.now() + 700;
  const { secret } = (await api.post('/api/v1/keys', { expires_at: new Date(due).toISOString() })).body;
  const holder = apiClient(fleet.url, secret);
  expect((await holder.get('/api/v1/models')).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, due + 20 - Date.now()));
  expect((await holder.get('/api/v1/models')).body).toMatchObject({ detail: 'this API key has expired' });
});

test.each(['api_key=KEY', 'token=x', 'X-API-Key=x', 'limit=5&note=KEY', 'access_token=a.b.c'])(
  'a key in the address (%s) is refused and told where it belongs',
  async (query) => {
    const { key } = await fleet.tenant();
    for (const credential of [undefined, key]) {
      const answer = await apiClient(fleet.url, credential).get(`/api/v1/jobs?${query.replace('KEY', key)}`);
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input' });
      expect(answer.body.detail).toMatch(/header X-API-Key or Authorization: Bearer/);
      expect(JSON.stringify(answer.body)).not.toContain(key);
    }
  },
);

test('administration is for administrators: tenants are made, seen, changed and suspended, and get keys', async () => {
  const outsider = await fleet.tenant();
  for (const [method, path] of [
    ['GET', '/api/v1/admin/tenants'],
    ['POST', '/api/v1/admin/tenants'],
    ['GET', '/api/v1/admin/audit'],
    ['POST', '/api/v1/admin/signing-keys/rotate'],
  ] as const) {
    const refused = await outsider.request(method, path, method === 'POST' ? {} : undefined);
    expect(refused.body).toMatchObject({ status: 403, scope: 'admin' });
  }
  const refusals = async () => {
    const { entries } = (await outsider.get('/api/v1/account/audit')).body;
    return entries.filter(({ action }: { action: string }) => action === 'access.refused');
  };
  const deadline = Date.now() + 5000;
  while ((await refusals()).length < 4) expect(Date.now()).toBeLessThan(deadline);
  expect((await refusals())[0]).toMatchObject({ actor: `key:${outsider.keyId}`, outcome: 'refused' });
  const tenant = (await admin.post('/api/v1/admin/tenants', { name: 'Maison Lune', tier: 'pro' })).body;
  const path = `/api/v1/admin/tenants/${tenant.id}`;
  expect((await admin.get(path)).body).toEqual(tenant);
  expect((await admin.get('/api/v1/admin/tenants?limit=1')).body).toEqual({
    tenants: [tenant],
    next: tenant.id,
  });
  const { secret, id } = (await admin.post(`${path}/keys`, { scopes: ['predict'] })).body;
  expect((await admin.get(`${path}/keys`)).body.keys).toHaveLength(1);
  const holder = apiClient(fleet.url, secret);
  const ask = () => holder.post('/api/v1/predict', { smiles: 'CCO' });
  expect((await ask()).headers.get('ratelimit-policy')).toContain('q=10000');
  expect((await admin.request('PATCH', path, { tier: 'free' })).body.tier).toBe('free');
  expect((await ask()).headers.get('ratelimit-policy')).toContain('q=100;');
  expect((await admin.request('PATCH', path, { suspended: true })).body.suspended_at).toBeTruthy();
  expect((await ask()).body).toMatchObject({ status: 403, detail: expect.stringMatching(/suspended/) });
  await admin.request('PATCH', path, { suspended: false });
  expect((await ask()).status).toBe(200);
  expect((await admin.delete(`/api/v1/admin/keys/${id}`)).body.revoked_at).toBeTruthy();
  expect((await ask()).status).toBe(401);
  const client = (await outsider.post('/api/v1/oauth/clients', {})).body;
  expect((await admin.get(`${path}/clients`)).body).toEqual({ clients: [], next: null });
  expect((await admin.delete(`/api/v1/admin/keys/${client.id}`)).body.revoked_at).toBeTruthy();
  expect((await admin.delete('/api/v1/admin/keys/none')).status).toBe(404);
  expect((await admin.post('/api/v1/admin/tenants', { name: 'Maison Lune' })).status).toBe(409);
  expect((await admin.get('/api/v1/admin/tenants/none')).status).toBe(404);
  expect((await admin.request('PATCH', path, { tier: 'gold' })).body.errors).toEqual([
    { pointer: '/tier', detail: 'must be one of free, basic, pro, enterprise' },
  ]);
  const { entries } = (await admin.get('/api/v1/admin/audit?limit=3')).body;
  expect(entries.map(({ action }: { action: string }) => action)).toEqual([
    'client.revoked',
    'client.created',
    'key.revoked',
  ]);
});

test('Postgres goes: a key that held goes on to hold for cached predictions, one that did not is refused', async () => {
  const api = await fleet.tenant();
  const ask = () => api.post('/api/v1/predict', { smiles: 'CCCCO' });
  expect((await ask()).status).toBe(200);
  await fleet.postgres.halt();
  try {
    for (let tries = 0; tries < 20; tries += 1) expect((await ask()).body.predictions[0].cached).toBe(true);
    const unknown = apiClient(fleet.url, `sk_test_${'a'.repeat(11)}_${'b'.repeat(43)}`);
    expect((await unknown.get('/api/v1/models')).status).toBe(503);
  } finally {
    await fleet.postgres.resume();
  }
  const deadline = Date.now() + 5000;
  while ((await api.get('/api/v1/keys')).status !== 200) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}, 60_000);
