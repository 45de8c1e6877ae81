import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyAuditLog } from '@sillage/auth/operations';
import { type AuthUnderTest, startAuthUnderTest } from '../support/auth.ts';

let under: AuthUnderTest;

beforeAll(async () => {
  under = await startAuthUnderTest();
}, 60_000);
afterAll(() => under.stop());

const verify = () => verifyAuditLog(under.postgres.url);
const event = { action: 'account.exported', target: 'account', outcome: 'AUDIT_OUTCOME_DONE' } as const;

test('what auth changes is told in the log, with who asked, from where as a hash, and by which request', async () => {
  const tenantId = await under.tenant();
  const actor = { id: 'key:abc', address: '203.0.113.9', scopes: ['account', 'predict', 'models:*'] };
  const { id } = await under.key({ tenantId, label: 'Anna’s laptop', actor });
  await under.client.unary('RevokeKey', { tenantId, keyId: id, actor });
  await under.client.unary('RevokeKey', { tenantId, keyId: id, actor });
  const rows = await under.sql('select * from auth.audit where tenant_id = $1 order by seq', [tenantId]);
  expect(rows.map(({ action, actor, target }) => [action, actor, target])).toEqual([
    ['tenant.created', 'operator', `tenant:${tenantId}`],
    ['key.created', 'key:abc', `key:${id}`],
    ['key.revoked', 'key:abc', `key:${id}`],
  ]);
  expect(rows[1]).toMatchObject({ outcome: 'done', detail: { scopes: 'account predict models:*' } });
  expect(rows[1]?.['address']).toMatch(/^[0-9a-f]{16}$/);
  expect(rows[1]?.['address']).toBe(rows[2]?.['address']);
  expect(rows[1]?.['request_id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.stringify(rows)).not.toMatch(/203\.0\.113|Anna/);
});

test('events of other services, many at once, make one chain', async () => {
  const tenantId = await under.tenant();
  const actor = { id: 'service:gateway' };
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      under.client.unary('RecordAudit', { ...event, actor, tenantId, detail: { index: String(index) } }),
    ),
  );
  expect(new Set(answers.map(({ seq }) => seq)).size).toBe(40);
  const report = await verify();
  expect(report.fault).toBeUndefined();
  expect(report.rows).toBe(Math.max(...answers.map(({ seq }) => seq)));
});

test('a change that fails leaves no event', async () => {
  const before = (await verify()).rows;
  const tenantId = '00000000-0000-4000-8000-000000000000';
  await expect(under.key({ tenantId })).rejects.toMatchObject({ code: 'not_found' });
  expect((await verify()).rows).toBe(before);
});

test.each([
  [{ action: 'exported' }, '/action'],
  [{ action: 'Account.Exported' }, '/action'],
  [{ target: 'x'.repeat(201) }, '/target'],
  [{ tenantId: 'nobody' }, '/tenant_id'],
  [{ outcome: 'AUDIT_OUTCOME_UNSPECIFIED' as const }, '/outcome'],
  [{ detail: { 'a b': '' } }, '/detail'],
  [{ detail: { a: 'x'.repeat(201) } }, '/detail'],
  [{ actor: { id: 'root' } }, '/actor/id'],
])('an event with %j is refused, naming %s', async (change, pointer) => {
  await expect(under.client.unary('RecordAudit', { ...event, ...change })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ pointer }],
  });
});

test('rows can be neither changed nor removed; whoever forces it is found out', async () => {
  await under.client.unary('RecordAudit', event);
  for (const statement of [
    `update auth.audit set actor = 'nobody'`,
    'delete from auth.audit',
    'truncate auth.audit',
  ]) {
    await expect(under.sql(statement)).rejects.toThrow('auth.audit is append-only');
  }
  const { rows, head } = await verify();
  const force = async (statement: string) => {
    await under.sql('alter table auth.audit disable trigger append_only');
    await under.sql(statement);
    await under.sql('alter table auth.audit enable trigger append_only');
  };

  await force(`update auth.audit set actor = 'nobody' where seq = 2`);
  expect((await verify()).fault).toMatch(/^row 2 \(key.created, \d{4}-.*\) was changed/);
  await force(`update auth.audit set actor = 'key:abc' where seq = 2`);
  expect((await verify()).fault).toBeUndefined();

  await force(`update auth.audit set at = at + interval '1 microsecond' where seq = 3`);
  expect((await verify()).fault).toMatch(/^row 3 /);
  await force(`update auth.audit set at = at - interval '1 microsecond' where seq = 3`);

  await force(`delete from auth.audit where seq = ${rows}`);
  expect((await verify()).fault).toBeUndefined();
  const noted = await verifyAuditLog(under.postgres.url, { seq: rows, hash: head });
  expect(noted.fault).toBe(`rows ${rows} to ${rows} were cut off the end`);
  await force('delete from auth.audit where seq = 2');
  expect((await verify()).fault).toBe('row 2 is missing');
});
