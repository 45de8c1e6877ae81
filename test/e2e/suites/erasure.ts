import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { verifyAuditLog } from '@sillage/auth/operations';
import { type ApiClient, apiClient } from '../../support/api-client.ts';
import { filesWith, redisKeysWith, tablesWith } from '../../support/traces-of-tenant.ts';
import type { GetFleet } from './index.ts';

/** What docs/privacy.md says stays: ids without a name behind them, and counts that end by themselves. */
const remainder = {
  tables: ['auth.audit', 'auth.erasures', 'bullmq.event', 'gateway.admissions', 'jobs.uploads'],
  redis: /^(sillage:limit:.*|bull:.*:events)$/,
};

/** A tenant that has used everything, and what it can be known by. */
async function livelyTenant(admin: ApiClient) {
  const mark = randomUUID().slice(0, 8);
  const name = `Maison ${mark}`;
  const tenant = (await admin.post('/api/v1/admin/tenants', { name, tier: 'pro' })).body;
  const made = await admin.post(`/api/v1/admin/tenants/${tenant.id}/keys`, { label: `laptop of ${mark}` });
  const key = made.body;
  const api = apiClient(admin.url, key.secret);
  const client = (await api.post('/api/v1/oauth/clients', { label: `robot of ${mark}` })).body;
  const webhook = { url: `https://${mark}.example/hook`, secret: `whsec_${mark}_0123456789abcdefghijklmn` };
  const smiles = ['CCO', 'CSSC', 'COc1cc(C=O)ccc1O'];
  const done = await api.request(
    'POST',
    '/api/v1/jobs',
    { kind: 'predict', input: { smiles }, webhook },
    { 'Idempotency-Key': `order-${mark}` },
  );
  expect(done.status).toBe(202);
  const deadline = Date.now() + 20_000;
  while ((await api.get(`/api/v1/jobs/${done.body.id}`)).body.status !== 'succeeded') {
    if (Date.now() > deadline) throw new Error('the job did not end');
    await delay(50);
  }
  await api.text(`/api/v1/jobs/${done.body.id}/results?format=csv`);
  // Still at work when the account goes.
  const large = Array.from({ length: 20_000 }, (_, n) => `CC${'C'.repeat(n % 40)}O`);
  const running = (await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles: large } })).body;
  const device = (await api.post('/api/v1/sensors/devices', { name: `nose of ${mark}` })).body;
  const readings = [{ t: new Date().toISOString(), channels: { NO2: 1 } }];
  const stored = await api.post(`/api/v1/sensors/devices/${device.id}/readings`, { readings });
  expect(stored.body).toMatchObject({ stored: 1 });
  const second = (await api.post('/api/v1/sensors/devices', { name: `second nose of ${mark}` })).body;
  const room = { name: `room of ${mark}`, devices: [device.id, second.id] };
  const array = (await api.post('/api/v1/sensors/arrays', room)).body;
  const marks = [mark, tenant.id, key.id, client.id, done.body.id, running.id, device.id, array.id];
  return {
    id: String(tenant.id),
    mark,
    api,
    marks,
    secrets: [mark, key.secret, client.secret, webhook.secret],
  };
}

export function erasure(get: GetFleet): void {
  test('after DELETE /account nothing of the tenant is found but what is documented, and the audit chain holds', async () => {
    const { api: admin, fleet, postgres, redis } = get();
    const tenant = await livelyTenant(admin);
    const { results } = fleet.data;
    const before = await tablesWith(postgres.url, tenant.marks);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        'auth.keys',
        'auth.tenants',
        'jobs.jobs',
        'sensors.arrays',
        'sensors.devices',
        'sensors.readings',
      ]),
    );
    expect(filesWith(results, tenant.marks).length).toBeGreaterThan(2);

    for (const confirm of ['', '?confirm=yes']) {
      expect(await tenant.api.delete(`/api/v1/account${confirm}`)).toMatchObject({
        status: 400,
        body: { errors: [expect.objectContaining({ pointer: '/confirm' })] },
      });
    }
    const asked = await tenant.api.delete(`/api/v1/account?confirm=${tenant.id}`);
    expect(asked).toMatchObject({ status: 202, body: { tenant_id: tenant.id } });
    expect((await tenant.api.get('/api/v1/account')).status).toBe(401);

    const deadline = Date.now() + 20_000;
    for (;;) {
      const { erasures } = (await admin.get('/api/v1/admin/erasures')).body;
      const own = erasures.find(({ tenant_id }: { tenant_id: string }) => tenant_id === tenant.id);
      if (own.erased_at !== null) break;
      if (Date.now() > deadline) throw new Error('the tenant is not erased');
      await delay(50);
    }
    expect((await admin.get(`/api/v1/admin/tenants/${tenant.id}`)).status).toBe(404);

    // A chunk that a worker had in hand ends within its lease.
    const left = async () => {
      const tables = Object.keys(await tablesWith(postgres.url, tenant.marks));
      const keys = redis ? await redisKeysWith(redis.url, tenant.marks) : [];
      return [
        ...tables.filter((name) => !remainder.tables.includes(name)),
        ...keys.filter((name) => !remainder.redis.test(name)),
        ...(existsSync(results) ? filesWith(results, tenant.marks) : []),
      ];
    };
    while ((await left()).length > 0 && Date.now() < deadline) await delay(200);
    expect(await left()).toEqual([]);
    // Nothing that a person wrote, anywhere: caches and logs included.
    expect(await tablesWith(postgres.url, tenant.secrets)).toEqual({});
    expect(filesWith(fleet.data.path, tenant.secrets)).toEqual([]);
    if (redis) expect(await redisKeysWith(redis.url, tenant.secrets)).toEqual([]);
    expect((await verifyAuditLog(postgres.url)).fault).toBeUndefined();
  }, 90_000);
}
