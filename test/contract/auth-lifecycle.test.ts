import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bootstrapAdmin, verifyAuditLog } from '@sillage/auth/operations';
import { type AuthUnderTest, connectAuth, startAuthUnderTest, testEncryptionKey } from '../support/auth.ts';

let under: AuthUnderTest;

beforeAll(async () => {
  under = await startAuthUnderTest();
}, 60_000);
afterAll(() => under.stop());

const otherKey = 'a5'.repeat(32);

test('rotation: a successor alike in all but its secret; the old one holds until the overlap ends', async () => {
  const tenantId = await under.tenant();
  const made = await under.key({
    tenantId,
    label: 'bench',
    scopes: ['predict'],
    addressRanges: ['203.0.113.0/24'],
  });
  const { key, secret } = await under.client.unary('RotateKey', { tenantId, keyId: made.id, overlapS: 1 });
  expect(key).toMatchObject({
    label: 'bench',
    scopes: ['predict', 'models:*'],
    addressRanges: ['203.0.113.0/24'],
    replaces: made.id,
  });
  expect(secret).not.toBe(made.secret);
  expect(await under.verdict(made.secret)).toBe('VERDICT_VALID');
  expect(await under.verdict(secret)).toBe('VERDICT_VALID');
  await delay(1050);
  expect(await under.verdict(made.secret)).toBe('VERDICT_EXPIRED');
  expect(await under.verdict(secret)).toBe('VERDICT_VALID');

  const again = under.client.unary('RotateKey', { tenantId, keyId: made.id, overlapS: 1 });
  await expect(again).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(key?.id ?? '-'),
  });
  const now = await under.client.unary('RotateKey', { tenantId, keyId: key?.id ?? '', overlapS: 0 });
  expect(await under.verdict(secret)).toBe('VERDICT_REVOKED');
  expect(await under.verdict(now.secret)).toBe('VERDICT_VALID');
  const { keys } = await under.client.unary('ListKeys', { tenantId });
  expect(keys.map(({ replacedBy }) => replacedBy)).toEqual(['', now.key?.id, key?.id]);
});

test('rotating never lengthens a key’s life', async () => {
  const tenantId = await under.tenant();
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  const { id } = await under.key({ tenantId, expiresAt });
  const { key } = await under.client.unary('RotateKey', { tenantId, keyId: id, overlapS: 86_400 });
  const { keys } = await under.client.unary('ListKeys', { tenantId });
  expect(key?.expiresAt).toBe(expiresAt);
  expect(keys.map((one) => one.expiresAt)).toEqual([expiresAt, expiresAt]);
});

test('who lacks a key’s scopes can neither rotate nor change it, but can revoke it', async () => {
  const tenantId = await under.tenant();
  const { id, secret } = await under.key({ tenantId, scopes: ['account', 'admin'] });
  const actor = { id: 'key:clerk', scopes: ['account', 'models:*'] };
  const name = { tenantId, keyId: id, actor };
  for (const attempt of [
    under.client.unary('RotateKey', { ...name, overlapS: 0 }),
    under.client.unary('UpdateKey', { ...name, label: 'mine' }),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'forbidden', extra: { scope: 'admin' } });
  }
  await under.client.unary('RevokeKey', name);
  expect(await under.verdict(secret)).toBe('VERDICT_REVOKED');
  await expect(under.client.unary('UpdateKey', { tenantId, keyId: id, label: 'x' })).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('a change touches what it names and nothing else', async () => {
  const tenantId = await under.tenant();
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  const { id } = await under.key({ tenantId, label: 'one', expiresAt });
  const change = async (fields: object) =>
    (await under.client.unary('UpdateKey', { tenantId, keyId: id, ...fields })).key;
  expect(await change({ label: 'two' })).toMatchObject({ label: 'two', expiresAt });
  expect(await change({ expiresAt: '' })).toMatchObject({ label: 'two', expiresAt: '' });
  expect(await change({ scopes: { values: ['predict'] } })).toMatchObject({
    scopes: ['predict', 'models:*'],
  });
  expect(await change({ addressRanges: { values: ['::1'] } })).toMatchObject({ addressRanges: ['::1/128'] });
  expect(await change({ addressRanges: { values: [] } })).toMatchObject({ addressRanges: [], label: 'two' });
  expect(await change({})).toMatchObject({ label: 'two' });
  await expect(change({ addressRanges: { values: ['10.0.0.0/99'] } })).rejects.toMatchObject({
    errors: [{ pointer: '/address_ranges/0' }],
  });
});

test('a tenant’s tier and suspension reach its keys', async () => {
  const tenantId = await under.tenant('TIER_PRO');
  const { secret } = await under.key({ tenantId });
  const verify = () => under.client.unary('VerifyKey', { key: secret });
  await under.client.unary('UpdateTenant', { tenantId, tier: 'TIER_FREE' });
  expect(await verify()).toMatchObject({ tier: 'TIER_FREE', hourlyLimit: 100 });
  const { tenant } = await under.client.unary('UpdateTenant', { tenantId, suspended: true });
  expect(tenant).toMatchObject({ tier: 'TIER_FREE', suspendedAt: expect.stringMatching(/^\d{4}-/) });
  expect((await verify()).verdict).toBe('VERDICT_SUSPENDED');
  await under.client.unary('UpdateTenant', { tenantId, suspended: false });
  expect((await verify()).verdict).toBe('VERDICT_VALID');
});

test('tenants are listed in pages, newest first', async () => {
  const made = [await under.tenant(), await under.tenant(), await under.tenant()];
  const first = (await under.client.unary('ListTenants', { limit: 2 })).tenants.map(({ id }) => id);
  expect(first).toEqual([made[2], made[1]]);
  const { tenants } = await under.client.unary('ListTenants', { limit: 1, before: first[1] ?? '' });
  expect(tenants[0]?.id).toBe(made[0]);
  await expect(under.client.unary('GetTenant', { tenantId: 'none' })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a new ENCRYPTION_KEY with the old one beside it: keys hold, and are hashed anew when they are used', async () => {
  const { secret } = await under.key({ tenantId: await under.tenant() });
  await under.client.unary('GetSigningKeys', {});
  const pod = await under.startPod({ ENCRYPTION_KEY: otherKey, ENCRYPTION_KEY_PREVIOUS: testEncryptionKey });
  const client = connectAuth(pod);
  expect((await client.unary('VerifyKey', { key: secret })).verdict).toBe('VERDICT_VALID');
  const { keys } = await client.unary('GetSigningKeys', {});
  client.close();
  await pod.stop();
  const after = await under.startPod({ ENCRYPTION_KEY: otherKey });
  const afterClient = connectAuth(after);
  expect((await afterClient.unary('VerifyKey', { key: secret })).verdict).toBe('VERDICT_VALID');
  expect((await afterClient.unary('GetSigningKeys', {})).keys).toEqual(keys);
  afterClient.close();
  await after.stop();
  // The pods of before go on with a key of their own again.
  await under.sql('delete from auth.signing_keys');
});

test('signing keys: sealed at rest, one signs, the old ones verify until their overlap ends and are then gone', async () => {
  const [first] = (await under.client.unary('GetSigningKeys', {})).keys;
  const [row] = await under.sql('select private_key from auth.signing_keys where kid = $1', [first?.kid]);
  expect(row?.['private_key']).toMatch(/^v1\.[0-9a-f]{8}\./);
  const { kid } = await under.client.unary('RotateSigningKey', { overlapS: 1 });
  expect((await under.client.unary('GetSigningKeys', {})).keys.map((key) => key.kid)).toEqual([
    kid,
    first?.kid,
  ]);
  const retired = await under.sql('select private_key from auth.signing_keys where kid = $1', [first?.kid]);
  expect(retired).toEqual([{ private_key: null }]);
  await delay(1050);
  expect((await under.client.unary('GetSigningKeys', {})).keys.map((key) => key.kid)).toEqual([kid]);
  // Two pods at once make one key.
  await under.sql('delete from auth.signing_keys');
  const pod = await under.startPod();
  const client = connectAuth(pod);
  const both = await Promise.all([under.client, client].map((one) => one.unary('GetSigningKeys', {})));
  expect(both[0]).toEqual(both[1]);
  client.close();
  await pod.stop();
});

test('the first administrator is made once, without a password, also when two try at once; it is in the audit log', async () => {
  const options = {
    databaseUrl: under.postgres.url,
    encryptionKey: testEncryptionKey,
    environment: 'development',
  } as const;
  await under.sql(`update auth.keys set revoked_at = now() where 'admin' = any(scopes)`);
  const outcomes = await Promise.allSettled(
    ['first', 'second'].map((tenantName) => bootstrapAdmin({ ...options, tenantName })),
  );
  const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(made).toHaveLength(1);
  const verified = await under.client.unary('VerifyKey', { key: made[0] ?? '' });
  expect(verified.verdict).toBe('VERDICT_VALID');
  expect(verified.scopes).toContain('admin');
  await expect(bootstrapAdmin({ ...options, tenantName: 'third' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(verified.keyId),
  });
  const { entries } = await under.client.unary('ListAudit', { tenantId: verified.tenantId });
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ['key.created', 'operator'],
    ['tenant.created', 'operator'],
  ]);
  expect((await verifyAuditLog(under.postgres.url)).fault).toBeUndefined();
});

test('the audit log is read newest first, in pages, by tenant', async () => {
  const tenantId = await under.tenant();
  const { id } = await under.key({ tenantId });
  await under.client.unary('RotateKey', { tenantId, keyId: id, overlapS: 0 });
  const page = (before: number) => under.client.unary('ListAudit', { tenantId, limit: 2, before });
  const first = (await page(0)).entries;
  expect(first.map(({ action }) => action)).toEqual(['key.rotated', 'key.created']);
  expect((await page(first[1]?.seq ?? 0)).entries.map(({ action }) => action)).toEqual(['tenant.created']);
});
