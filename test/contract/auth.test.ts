import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { service } from '@sillage/auth';
import type { AuthServiceDefinition } from '@sillage/contracts';
import { type GrpcClient, startService } from '@sillage/kit';
import pg from 'pg';
import { type AuthUnderTest, connectAuth, startAuthUnderTest, testEncryptionKey } from '../support/auth.ts';

const recoveryMs = 5000;

let under: AuthUnderTest;
let client: GrpcClient<AuthServiceDefinition>;

const sql: AuthUnderTest['sql'] = (text, values) => under.sql(text, values);
const makeTenant: AuthUnderTest['tenant'] = (tier) => under.tenant(tier);
const makeKey = (tenantId: string, fields: { label?: string; expiresAt?: string } = {}) =>
  under.key({ tenantId, ...fields });
const verdictOf: AuthUnderTest['verdict'] = (key) => under.verdict(key);

async function readiness(): Promise<{ status: number; body: { checks: Record<string, { ok: boolean }> } }> {
  const response = await fetch(`http://127.0.0.1:${under.auth.ports['metrics']}/ready`);
  return { status: response.status, body: (await response.json()) as never };
}

beforeAll(async () => {
  // Two pods at once on an empty database: one migrates, the other waits and finds nothing to do.
  under = await startAuthUnderTest({ pods: 2 });
  client = under.client;
}, 60_000);
afterAll(() => under.stop());

test('two services that start at once apply each migration once', async () => {
  const applied = await sql('select name, count(*)::int as times from auth.migrations group by name');
  expect(applied).toContainEqual({ name: '001_tenants-and-keys', times: 1 });
  expect(new Set(applied.map(({ times }) => times))).toEqual(new Set([1]));
});

test.each([
  ['TIER_FREE', 100],
  ['TIER_BASIC', 1000],
  ['TIER_PRO', 10_000],
  ['TIER_ENTERPRISE', undefined],
] as const)('a key of a %s tenant verifies with its hourly limit', async (tier, hourlyLimit) => {
  const tenantId = await makeTenant(tier);
  const { id, secret } = await makeKey(tenantId);
  const verified = await client.unary('VerifyKey', { key: secret });
  expect(verified).toMatchObject({ verdict: 'VERDICT_VALID', tenantId, keyId: id, tier });
  expect(verified.hourlyLimit).toBe(hourlyLimit);
});

test('the secret is shown once and stored nowhere', async () => {
  const tenantId = await makeTenant();
  const { id, key, secret } = await makeKey(tenantId, { label: 'bench in Grasse' });
  expect(secret).toMatch(new RegExp(`^sk_dev_${id}_[0-9A-Za-z]{43}$`));
  expect(key).toMatchObject({ id, label: 'bench in Grasse', prefix: secret.slice(0, 13), revokedAt: '' });
  const rows = await sql(
    'select keys::text as row, octet_length(hash) as bytes from auth.keys where id = $1',
    [id],
  );
  expect(rows[0]?.['bytes']).toBe(32);
  expect(rows[0]?.['row']).not.toContain(secret.split('_')[3]);
});

test('keys are listed newest first, revoked ones included, only to their tenant', async () => {
  const tenantId = await makeTenant();
  const other = await makeTenant();
  const first = await makeKey(tenantId, { label: 'first' });
  const second = await makeKey(tenantId, { label: 'second' });
  await client.unary('RevokeKey', { tenantId, keyId: first.id });
  const { keys } = await client.unary('ListKeys', { tenantId });
  expect(keys.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(keys[1]?.revokedAt).toMatch(/^\d{4}-/);
  expect(await client.unary('ListKeys', { tenantId: other })).toEqual({ keys: [] });
});

test('revoking tells every listener and holds at once; twice is no error', async () => {
  const tenantId = await makeTenant();
  const { id, secret } = await makeKey(tenantId);
  const listener = new pg.Client({ connectionString: under.postgres.url });
  await listener.connect();
  await listener.query('listen auth_keys');
  const heard = once(listener, 'notification');
  const { key } = await client.unary('RevokeKey', { tenantId, keyId: id });
  expect((await heard)[0]).toMatchObject({ channel: 'auth_keys', payload: id });
  await listener.end();
  expect(await verdictOf(secret)).toBe('VERDICT_REVOKED');
  const again = await client.unary('RevokeKey', { tenantId, keyId: id });
  expect(again.key?.revokedAt).toBe(key?.revokedAt);
});

test('a key of another tenant is not found and stays good', async () => {
  const owner = await makeTenant();
  const stranger = await makeTenant();
  const { id, secret } = await makeKey(owner);
  for (const tenantId of [stranger, '', 'x', '00000000-0000-0000-0000-000000000000']) {
    await expect(client.unary('RevokeKey', { tenantId, keyId: id })).rejects.toMatchObject({
      code: 'not_found',
    });
  }
  expect(await verdictOf(secret)).toBe('VERDICT_VALID');
});

test('a key ends when it is due', async () => {
  const tenantId = await makeTenant();
  const due = Date.now() + 400;
  const { key, secret } = await makeKey(tenantId, { expiresAt: new Date(due).toISOString() });
  expect(key?.expiresAt).toBe(new Date(due).toISOString());
  expect(await verdictOf(secret)).toBe('VERDICT_VALID');
  await delay(due - Date.now() + 1);
  expect(await verdictOf(secret)).toBe('VERDICT_EXPIRED');
});

test('what is no key, or not quite one, is unknown', async () => {
  const { secret } = await makeKey(await makeTenant());
  const last = secret.endsWith('a') ? 'b' : 'a';
  const wrong = [
    '',
    'hunter2',
    `sk_dev_${'a'.repeat(11)}_${'b'.repeat(43)}`,
    `${secret.slice(0, -1)}${last}`,
    secret.replace('sk_dev_', 'sk_live_'),
    `${secret}\n`,
    "' or 1=1 --",
    'x'.repeat(1_000_000),
  ];
  expect(await Promise.all(wrong.map(verdictOf))).toEqual(wrong.map(() => 'VERDICT_UNKNOWN'));
});

test('wrong input names its field', async () => {
  const tenantId = await makeTenant();
  const cases = [
    [client.unary('CreateTenant', { name: '', tier: 'TIER_FREE' }), '/name'],
    [client.unary('CreateTenant', { name: 'x'.repeat(101), tier: 'TIER_FREE' }), '/name'],
    [client.unary('CreateTenant', { name: 'no tier' }), '/tier'],
    [client.unary('CreateKey', { tenantId, label: 'x'.repeat(101) }), '/label'],
    [client.unary('CreateKey', { tenantId, expiresAt: 'soon' }), '/expires_at'],
    [client.unary('CreateKey', { tenantId, expiresAt: '2020-01-01T00:00:00Z' }), '/expires_at'],
  ] as const;
  for (const [call, pointer] of cases) {
    await expect(call).rejects.toMatchObject({ code: 'invalid_input', errors: [{ pointer }] });
  }
});

test('a name is taken once, also by two at the same moment', async () => {
  const ask = () => client.unary('CreateTenant', { name: 'Maison Lune', tier: 'TIER_PRO' });
  const outcomes = await Promise.allSettled([ask(), ask(), ask()]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(ask()).rejects.toMatchObject({ code: 'conflict', errors: [{ pointer: '/name' }] });
});

test('a tenant that does not exist gets no key and no list', async () => {
  for (const tenantId of ['', 'nobody', '00000000-0000-4000-8000-000000000000']) {
    await expect(client.unary('CreateKey', { tenantId })).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.unary('ListKeys', { tenantId })).rejects.toMatchObject({ code: 'not_found' });
  }
});

test('a tenant has at most 100 active keys, also when they are asked for at once', async () => {
  const tenantId = await makeTenant();
  // All wait for the tenant's one row: whom a busy machine keeps waiting for too long asks again.
  const make = async (): ReturnType<typeof makeKey> =>
    makeKey(tenantId).catch((error) => (error.code === 'unavailable' ? make() : Promise.reject(error)));
  const asked = await Promise.allSettled(Array.from({ length: 103 }, make));
  const made = asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(made).toHaveLength(100);
  await expect(makeKey(tenantId)).rejects.toMatchObject({ code: 'conflict' });
  await client.unary('RevokeKey', { tenantId, keyId: made[0]?.id ?? '' });
  await makeKey(tenantId);
});

test('another ENCRYPTION_KEY makes every key unknown', async () => {
  const { secret } = await makeKey(await makeTenant());
  const other = await under.startPod({ ENCRYPTION_KEY: 'a5'.repeat(32) });
  const otherClient = connectAuth(other);
  expect((await otherClient.unary('VerifyKey', { key: secret })).verdict).toBe('VERDICT_UNKNOWN');
  otherClient.close();
  await other.stop();
});

test('the time of last use is written when the service stops', async () => {
  const { id, secret } = await makeKey(await makeTenant());
  const pod = await under.startPod();
  const podClient = connectAuth(pod);
  await podClient.unary('VerifyKey', { key: secret });
  const before = await sql('select last_used_at from auth.keys where id = $1', [id]);
  expect(before).toEqual([{ last_used_at: null }]);
  podClient.close();
  expect(await pod.stop()).toBe(true);
  const after = await sql('select last_used_at from auth.keys where id = $1', [id]);
  expect(after[0]?.['last_used_at']).toBeInstanceOf(Date);
});

test('Postgres away: calls are unavailable at once, readiness says so; back: all is well within 5 s', async () => {
  const { secret } = await makeKey(await makeTenant());
  expect((await readiness()).status).toBe(200);
  await under.postgres.halt();
  const started = Date.now();
  await expect(verdictOf(secret)).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 2 });
  expect(Date.now() - started).toBeLessThan(4000);
  const report = await readiness();
  expect(report.status).toBe(503);
  expect(report.body.checks['postgres']?.ok).toBe(false);

  // A pod that starts meanwhile waits; one told to stop while it waits does.
  const waiting = under.startPod();
  const stopped = new AbortController();
  const givenUp = startService(
    service,
    {
      DATABASE_URL: under.postgres.url,
      ENCRYPTION_KEY: testEncryptionKey,
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
    },
    { signal: stopped.signal },
  );
  stopped.abort();
  await expect(givenUp).rejects.toMatchObject({ name: 'AbortError' });

  await under.postgres.resume();
  const back = Date.now();
  while ((await verdictOf(secret).catch(() => 'away')) !== 'VERDICT_VALID') {
    if (Date.now() - back > recoveryMs) throw new Error('not recovered in time');
    await delay(50);
  }
  expect((await readiness()).status).toBe(200);
  await (await waiting).stop();
  expect(Date.now() - back).toBeLessThan(recoveryMs);
}, 30_000);
