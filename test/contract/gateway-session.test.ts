import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Keyring } from '@sillage/kit';
import { type Answer, apiClient } from '../support/api-client.ts';
import { testEncryptionKey } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

let fleet: GatewayUnderTest;

beforeAll(async () => {
  fleet = await startGatewayUnderTest({ TRUST_PROXY_HOPS: '1' });
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

const path = '/api/v1/session';
const nobody = () => apiClient(fleet.url, undefined);

function cookieOf({ headers }: Answer): string {
  return headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** A browser that has signed in. */
async function signIn(key: string, url = fleet.url) {
  const answer = await apiClient(url, undefined).post(path, { key });
  expect(answer.status).toBe(201);
  const cookie = cookieOf(answer);
  const csrf = { Cookie: cookie, 'X-CSRF-Token': String(answer.body.csrf_token) };
  return { answer, cookie, csrf };
}

test('a key becomes a cookie that no script can read and no other site sends', async () => {
  const { key, keyId } = await fleet.tenant();
  const { answer, cookie } = await signIn(key);
  const [set = ''] = answer.headers.getSetCookie();
  expect(set).toMatch(
    /^sillage_session=v1\S+; Max-Age=43200; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  );
  expect(set).not.toContain(key.split('_').at(-1));
  expect(answer.body).toMatchObject({ credential: { kind: 'key', id: keyId }, scopes: expect.any(Array) });
  const byTls = await nobody().post(path, { key }, { 'X-Forwarded-Proto': 'https' });
  expect(byTls.headers.getSetCookie()[0]).toMatch(/; Secure/);

  const shown = await nobody().get(path, { Cookie: cookie });
  expect(shown.body).toEqual(answer.body);
  expect(shown.headers.get('cache-control')).toBe('no-store');
  expect(Date.parse(shown.body.ends_at) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
  expect((await apiClient(fleet.url, key).get(path)).body).not.toHaveProperty('csrf_token');
});

test('what a key may ask its cookie may: reading by itself, changing with the token of the session', async () => {
  const { cookie, csrf } = await signIn((await fleet.tenant()).key);
  expect((await nobody().get('/api/v1/keys', { Cookie: cookie })).status).toBe(200);
  expect((await nobody().post('/api/v1/predict', { smiles: 'CCO' }, csrf)).status).toBe(200);
  const other = await signIn((await fleet.tenant()).key);
  for (const headers of [
    { Cookie: cookie },
    { Cookie: cookie, 'X-CSRF-Token': other.csrf['X-CSRF-Token'] },
  ]) {
    const refused = await nobody().post('/api/v1/predict', { smiles: 'CCO' }, headers);
    expect(refused.body).toMatchObject({ status: 403, code: 'forbidden' });
    expect(refused.body.detail).toContain('X-CSRF-Token');
  }
});

test('requests of pages of another origin are refused, to sign in as well', async () => {
  const { key } = await fleet.tenant();
  const { csrf } = await signIn(key);
  for (const elsewhere of [
    { Origin: 'https://elsewhere.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: fleet.url, 'Sec-Fetch-Site': 'cross-site' },
  ]) {
    const refused = await nobody().post('/api/v1/predict', { smiles: 'CCO' }, { ...csrf, ...elsewhere });
    expect(refused.body).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await nobody().post(path, { key }, elsewhere)).status).toBe(403);
  }
  for (const own of [{ Origin: fleet.url }, { 'Sec-Fetch-Site': 'same-origin' }]) {
    expect((await nobody().post('/api/v1/predict', { smiles: 'CCO' }, { ...csrf, ...own })).status).toBe(200);
  }
});

test('a header goes before the cookie', async () => {
  const [first, second] = [await fleet.tenant(), await fleet.tenant()];
  const { cookie } = await signIn(first.key);
  const shown = await nobody().get(path, { Cookie: cookie, 'X-API-Key': second.key });
  expect(shown.body.credential.id).toBe(second.keyId);
});

test('the session ends with its key, at once, and the cookie goes', async () => {
  const tenant = await fleet.tenant();
  const made = (await tenant.post('/api/v1/keys', {})).body;
  const { cookie, csrf } = await signIn(made.secret);
  await tenant.delete(`/api/v1/keys/${made.id}`);
  const ended = await nobody().post('/api/v1/predict', { smiles: 'CCO' }, csrf);
  expect(ended.body).toMatchObject({ status: 401, code: 'session_ended', title: 'Session ended' });
  expect(ended.body.detail).toContain('revoked');
  const german = await nobody().get(path, { Cookie: cookie, 'Accept-Language': 'de' });
  expect(german.body).toMatchObject({ code: 'session_ended', title: 'Sitzung beendet' });
});

test('a session that is over, and one that was not begun here, are told by their code', async () => {
  const { key } = await fleet.tenant();
  const keyring = new Keyring([Buffer.from(testEncryptionKey, 'hex')]);
  const over = { id: 'x', credential: key, secret: 's', endsAtMs: Date.now() - 1 };
  const cookie = `sillage_session=${keyring.seal(JSON.stringify(over), 'gateway.session')}`;
  const old = await nobody().get(path, { Cookie: cookie });
  expect(old.body).toMatchObject({ status: 401, code: 'session_ended' });
  expect(old.headers.getSetCookie()[0]).toMatch(/^sillage_session=; Max-Age=0/);
  const forged = await nobody().get(path, { Cookie: 'sillage_session=v1.made-up' });
  expect(forged.body).toMatchObject({ status: 401, code: 'session_ended' });
  const elsewhere = keyring.seal(JSON.stringify({ ...over, endsAtMs: Date.now() + 1e6 }), 'another.place');
  expect((await nobody().get(path, { Cookie: `sillage_session=${elsewhere}` })).body.code).toBe(
    'session_ended',
  );
});

test('who signs out is signed out at every gateway, even where the cookie was kept', async () => {
  const other = await fleet.startGateway();
  const { cookie, csrf } = await signIn((await fleet.tenant()).key);
  const away = apiClient(other.url, undefined);
  expect((await away.get(path, { Cookie: cookie })).status).toBe(200);
  expect((await nobody().request('DELETE', path, undefined, { Cookie: cookie })).status).toBe(403);
  const gone = await nobody().request('DELETE', path, undefined, csrf);
  expect(gone.status).toBe(204);
  expect(gone.headers.getSetCookie()[0]).toMatch(/^sillage_session=; Max-Age=0/);
  expect((await away.get(path, { Cookie: cookie })).body).toMatchObject({
    status: 401,
    code: 'session_ended',
  });
});

test('a key that does not hold begins nothing', async () => {
  const unknown = await nobody().post(path, { key: 'sk_test_unknown' });
  expect(unknown.body).toMatchObject({ status: 401, code: 'unauthenticated' });
  expect(unknown.headers.getSetCookie()).toEqual([]);
  const missing = await nobody().post(path, {});
  expect(missing.body).toMatchObject({ status: 400, errors: [{ pointer: '/key' }] });
  const token = await nobody().post(path, { key: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln' });
  expect(token.body).toMatchObject({ status: 400, errors: [{ pointer: '/key' }] });
});
