import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyAuditLog } from '@sillage/auth/operations';
import { exportLineSchema } from '@sillage/contracts';
import { runSql } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { tablesWith } from '../support/traces-of-tenant.ts';

let fleet: GatewayUnderTest;
let admin: Awaited<ReturnType<GatewayUnderTest['admin']>>;

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
  admin = await fleet.admin();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

const job = { kind: 'predict', input: { smiles: ['CCO', 'CCC'] } };
const sql = (text: string, values: unknown[] = []) => runSql(fleet.postgres.url, text, values);

async function tenantWithJob() {
  const api = await fleet.tenant();
  const id: string = (await api.get('/api/v1/account')).body.tenant.id;
  expect((await api.post('/api/v1/jobs', job)).status).toBe(202);
  return { api, id };
}

async function erasureOf(id: string, isWanted: (erasure: { erased_at: string | null }) => boolean) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { erasures } = (await admin.get('/api/v1/admin/erasures')).body;
    const own = erasures.find((erasure: { tenant_id: string }) => erasure.tenant_id === id);
    if (own && isWanted(own)) return own;
    if (Date.now() > deadline) throw new Error(`not erased: ${JSON.stringify(own)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const isErased = ({ erased_at: at }: { erased_at: string | null }) => at !== null;

test('an administrator erases a tenant; asked twice it is done once, and the name is free again', async () => {
  const { api, id } = await tenantWithJob();
  const { name } = (await api.get('/api/v1/account')).body.tenant;
  const path = `/api/v1/admin/tenants/${id}?confirm=${id}`;
  expect((await admin.delete(path)).status).toBe(202);
  expect((await api.get('/api/v1/account')).status).toBe(401);
  await erasureOf(id, isErased);
  expect((await admin.delete(path)).body).toMatchObject({ tenant_id: id, erased_at: expect.any(String) });
  const events = await sql('select action, actor from auth.audit where tenant_id = $1 order by seq', [id]);
  expect(events.map(({ action }) => action)).toEqual([
    ...['tenant.created', 'key.created', 'tenant.erased', 'tenant.erasure.finished'],
  ]);
  expect((await admin.post('/api/v1/admin/tenants', { name })).status).toBe(201);
});

test('another tenant’s key does not erase this one, nor does a key without the scope its own', async () => {
  const { id } = await tenantWithJob();
  const other = await fleet.tenant();
  expect((await other.delete(`/api/v1/account?confirm=${id}`)).status).toBe(400);
  expect((await other.delete(`/api/v1/admin/tenants/${id}?confirm=${id}`)).status).toBe(403);
  expect((await admin.get(`/api/v1/admin/tenants/${id}`)).status).toBe(200);
  const nobody = '00000000-0000-4000-8000-000000000000';
  expect((await admin.delete(`/api/v1/admin/tenants/${nobody}?confirm=${nobody}`)).status).toBe(404);
});

test('an erasure whose gateway died is done by the next one, and looked at once more before it is closed', async () => {
  const { id } = await tenantWithJob();
  // As auth left it: the gateway that was asked did not come to the rest.
  await sql('insert into auth.erasures (tenant_id, asked_at) values ($1, now())', [id]);
  await sql('delete from auth.keys where tenant_id = $1', [id]);
  await sql('delete from auth.tenants where id = $1', [id]);
  expect(await tablesWith(fleet.postgres.url, [id])).toMatchObject({ 'jobs.jobs': 1 });
  await fleet.startGateway();
  await erasureOf(id, isErased);
  expect(await tablesWith(fleet.postgres.url, [id])).toEqual({ 'auth.audit': 3, 'auth.erasures': 1 });
  // A job that was on its way in while the first look was taken.
  await sql(
    `insert into jobs.jobs (id, tenant_id, kind, input, total, open_chunks, body_hash)
     values (gen_random_uuid(), $1, 'predict', '{}', 1, 0, '')`,
    [id],
  );
  await sql(`update auth.erasures set erased_at = now() - interval '1 hour' where tenant_id = $1`, [id]);
  await fleet.startGateway();
  await erasureOf(id, (own) => (own as { closed_at?: string | null }).closed_at !== null);
  expect(await sql('select 1 from jobs.jobs where tenant_id = $1', [id])).toEqual([]);
}, 30_000);

test('addresses in the audit log cannot be linked any more once the tenant’s salt has gone with it', async () => {
  const addresses = async (id: string) =>
    (await sql(`select distinct address from auth.audit where tenant_id = $1 and address <> ''`, [id])).map(
      ({ address }) => address,
    );
  const one = await tenantWithJob();
  const two = await tenantWithJob();
  await one.api.post('/api/v1/keys', {});
  await two.api.post('/api/v1/keys', {});
  // The same address, and nobody can tell.
  expect(await addresses(one.id)).toHaveLength(1);
  expect(await addresses(one.id)).not.toEqual(await addresses(two.id));
  const known = await addresses(one.id);
  await one.api.delete(`/api/v1/account?confirm=${one.id}`);
  await erasureOf(one.id, isErased);
  expect(await addresses(one.id)).toEqual(known);
  expect(await sql('select 1 from auth.tenants where id = $1', [one.id])).toEqual([]);
  expect((await verifyAuditLog(fleet.postgres.url)).fault).toBeUndefined();
});

test('an export has all that is kept, line by line, no secret, and says where it ends', async () => {
  const { api, id } = await tenantWithJob();
  const client = (await api.post('/api/v1/oauth/clients', { label: 'robot' })).body;
  await api.post('/api/v1/predict', { smiles: 'CCO' });
  const device = (await api.post('/api/v1/sensors/devices', { name: 'nose' })).body;
  await api.post(`/api/v1/sensors/devices/${device.id}/readings`, {
    readings: [{ t: '2026-11-21T10:00:00Z', channels: { NO2: 1 } }],
  });
  const text = await api.text('/api/v1/account/export');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => exportLineSchema.parse(JSON.parse(line)));
  const ofType = (type: string) => lines.filter((line) => line.type === type);
  expect(lines[0]).toMatchObject({ type: 'account', id });
  expect(lines.at(-1)).toEqual({ type: 'end', lines: lines.length - 1 });
  expect(ofType('key')).toMatchObject([{ id: api.keyId }]);
  expect(ofType('client')).toMatchObject([{ id: client.id, label: 'robot' }]);
  expect(ofType('usage')).toContainEqual(
    expect.objectContaining({ endpoint: '/api/v1/predict', molecules: 1 }),
  );
  expect(ofType('job')).toHaveLength(1);
  expect(ofType('job_input')).toMatchObject([{ smiles: 'CCO' }, { smiles: 'CCC' }]);
  expect(ofType('device')).toMatchObject([{ id: device.id, name: 'nose' }]);
  expect(ofType('reading')).toMatchObject([{ device_id: device.id, channels: { NO2: 1 } }]);
  expect(ofType('audit').map((line) => 'action' in line && line.action)).toContain('account.exported');
  for (const secret of [api.key, client.secret]) expect(text).not.toContain(secret);
});
