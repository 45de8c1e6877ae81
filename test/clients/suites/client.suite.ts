import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  AuthenticationError,
  ConflictError,
  clientCredentials,
  InvalidRequestError,
  isFailedRow,
  NotFoundError,
  NotUnderstoodError,
  PermissionError,
  Sillage,
  SillageError,
  type StreamEvent,
} from '@sillage/client';
import { saveResults } from '@sillage/client/node';

const baseUrl = process.env['SILLAGE_URL'];
const apiKey = process.env['SILLAGE_API_KEY'];
if (!baseUrl || !apiKey) throw new Error('run it by test/clients/run, which starts a fleet');
const sillage = new Sillage({ baseUrl, apiKey });
const vanillin = 'COc1cc(C=O)ccc1O';

test('the server speaks the version that the client was made for', async () => {
  expect(await sillage.serverVersion()).toBe(Sillage.apiVersion);
  expect((await sillage.models()).map(({ name }) => name)).toContain('olfactory-base');
});

test('600 molecules in one call: in order, a bad one fails its own row', async () => {
  const smiles = Array.from({ length: 600 }, (_, index) =>
    index === 300 ? 'C1CC' : 'C'.repeat((index % 40) + 1),
  );
  const { predictions, model } = await sillage.predict({ smiles, top_k: 1 });
  expect(predictions.map(({ input }) => input)).toEqual(smiles);
  expect(predictions.filter(isFailedRow)).toMatchObject([
    { input: 'C1CC', error: { code: 'invalid_input' } },
  ]);
  expect(model.name).toBe('olfactory-base');
});

test('one molecule alone: its notes in the language asked for, or the place of its fault', async () => {
  const german = new Sillage({ baseUrl, apiKey, language: 'de' });
  const { predictions } = await german.predict({ smiles: vanillin, top_k: 1 });
  expect(predictions[0]).toMatchObject({ notes: [{ note: 'vanilla', label: 'Vanille' }] });
  const refused = sillage.predict({ smiles: 'C1CC' });
  await expect(refused).rejects.toThrow(InvalidRequestError);
  await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/smiles' }], code: 'invalid_input' });
});

test('a generation, told while it is made, is the one that comes at once', async () => {
  const request = { description: 'warm vanilla', num_molecules: 2, seed: 7, worker: 'optimized' } as const;
  const { molecules } = await sillage.generate(request);
  const found: unknown[] = [];
  const types = new Set<string>();
  for await (const event of sillage.generateEvents(request)) {
    types.add(event.type);
    if (event.type === 'molecule') found.push(event.data);
  }
  expect(found).toEqual(molecules);
  expect([...types].filter((type) => type !== 'progress')).toEqual(['started', 'molecule', 'finished']);
  const odd = sillage.generate({ description: 'tax return' });
  await expect(odd).rejects.toThrow(NotUnderstoodError);
});

test('a job is made once for its key, followed to its end, and read as rows and as files', async () => {
  const body = { kind: 'predict' as const, input: { smiles: [vanillin, 'C1CC', 'CSSC'], top_k: 2 } };
  const options = { idempotencyKey: `suite-${Date.now()}` };
  const job = await sillage.jobs.create(body, options);
  expect((await sillage.jobs.create(body, options)).id).toBe(job.id);
  const other = { ...body, input: { smiles: ['C'] } };
  await expect(sillage.jobs.create(other, options)).rejects.toThrow(ConflictError);

  const ended = await sillage.jobs.wait(job.id);
  expect(ended).toMatchObject({ status: 'succeeded', progress: { done: 3, failed: 1, total: 3 } });
  const rows = [];
  for await (const row of sillage.jobs.results(job.id)) rows.push(row);
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(rows.map((row) => 'error' in row)).toEqual([false, true, false]);
  const events = [];
  for await (const { id } of sillage.jobs.events(job.id, { lastEventId: '0' })) events.push(Number(id));
  expect(events).toEqual(events.toSorted((a, b) => a - b));

  const folder = await mkdtemp(join(tmpdir(), 'sillage-suite-'));
  try {
    for (const format of ['ndjson', 'csv', 'sdf', 'parquet'] as const) {
      const file = join(folder, `rows.${format}`);
      const bytes = await saveResults(sillage, job.id, file, { format });
      expect((await readFile(file)).length).toBe(bytes);
    }
    expect(await readFile(join(folder, 'rows.csv'), 'utf8')).toContain(vanillin);
  } finally {
    await rm(folder, { recursive: true });
  }
  expect((await sillage.jobs.list({ limit: 1 }).toArray(3)).map(({ id }) => id)).toContain(job.id);
  await expect(sillage.jobs.get('00000000-0000-0000-0000-000000000000')).rejects.toThrow(NotFoundError);
});

test('a file of molecules becomes a job; a job can be cancelled', async () => {
  const csv = 'id;smiles\n1;CCO\n2\n3;CSSC\n';
  const job = await sillage.jobs.upload(new Blob([csv]), { query: { top_k: 1 } });
  expect((await sillage.jobs.wait(job.id)).input_report).toMatchObject({
    delimiter: ';',
    rows: 3,
    rejected: 1,
  });
  const long = await sillage.jobs.create({
    kind: 'generate',
    input: { description: 'woody', num_molecules: 5000, seed: 1 },
  });
  expect((await sillage.jobs.cancel(long.id)).status).toBe('cancelled');
  expect((await sillage.jobs.wait(long.id)).status).toBe('cancelled');
});

test('a device: readings by request and by stream, what it smells, its calibration, its end', async () => {
  const device = await sillage.sensors.createDevice({ name: 'suite' });
  const start = Date.now() - 200_000;
  const reading = (second: number) => ({
    t: new Date(start + second * 1000).toISOString(),
    channels: Object.fromEntries(device.channels.map((name, at) => [name, 200 + at + (second % 3)])),
  });
  const span = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => reading(from + at));
  expect(await sillage.sensors.sendReadings(device.id, span(0, 60))).toMatchObject({
    stored: 60,
    duplicates: 0,
  });
  expect(await sillage.sensors.sendReadings(device.id, span(50, 70))).toMatchObject({
    stored: 10,
    duplicates: 10,
  });

  const stream = sillage.sensors.stream(device.id);
  const events: StreamEvent[] = [];
  const reader = (async () => {
    for await (const event of stream) {
      events.push(event);
      if (event.type === 'classification' && event.seq === 2) return;
    }
  })();
  expect(await stream.send(span(70, 100))).toMatchObject({ seq: 1, stored: 30 });
  expect(await stream.send(span(100, 130))).toMatchObject({ seq: 2, stored: 30 });
  await reader;
  await stream.close();
  expect(events[0]).toMatchObject({ type: 'ready', session: stream.session });

  const stored = await sillage.sensors.readings(device.id, { limit: 50 }).toArray();
  expect(stored).toHaveLength(130);
  expect((await sillage.sensors.classification(device.id)).probabilities.length).toBeGreaterThan(0);
  const history = await sillage.sensors.history(device.id, { resolution: 'minute' });
  expect(history.readings.reduce((sum, count) => sum + count, 0)).toBe(130);
  const cleanAir = { from: stored[0]?.t ?? '', to: stored[59]?.t ?? '' };
  const [channel = ''] = device.channels;
  const twoPoints = {
    ...cleanAir,
    span: { from: stored[60]?.t ?? '', to: stored[119]?.t ?? '', levels: { [channel]: 900 } },
    certificate: { performed_by: 'suite' },
  };
  expect((await sillage.sensors.calibrate(device.id, { ...cleanAir, dry_run: true })).dry_run).toBe(true);
  await expect(sillage.sensors.calibrate(device.id, twoPoints)).rejects.toThrow(SillageError);
  const calibrated = await sillage.sensors.calibrate(device.id, { ...cleanAir, valid_days: 30 });
  expect(calibrated.device.calibration.calibrated).toBe(true);
  const [calibration] = await sillage.sensors.calibrations(device.id).toArray();
  expect(calibration).toMatchObject({ readings_used: 60, certificate: null });
  const second = await sillage.sensors.createDevice({ name: 'suite 2' });
  const array = await sillage.sensors.createArray({ name: 'room', devices: [device.id, second.id] });
  expect((await sillage.sensors.arrays()).map(({ id }) => id)).toContain(array.id);
  const together = await sillage.sensors.classifyArray(array.id);
  expect(together).toMatchObject({ degraded: true, array: { id: array.id } });
  expect(together.members.map(({ part }) => part)).toEqual(['used', 'silent']);
  await sillage.sensors.deleteArray(array.id);
  expect((await sillage.sensors.arrays()).map(({ id }) => id)).not.toContain(array.id);
  await sillage.sensors.deleteDevice(second.id);
  await sillage.sensors.deleteDevice(device.id);
  await expect(sillage.sensors.getDevice(device.id)).rejects.toThrow(NotFoundError);
});

test('the research API', async () => {
  const { research } = sillage;
  const smiles = [vanillin, 'CSSC'];
  expect((await research.embed({ smiles })).embeddings).toHaveLength(2);
  expect((await research.similar({ smiles, k: 3 })).results).toHaveLength(2);
  expect((await research.place({ smiles })).places).toHaveLength(2);
  expect((await research.properties({ smiles })).molecules).toHaveLength(2);
  expect((await research.safety({ smiles })).molecules).toHaveLength(2);
  const components = smiles.map((one, at) => ({ smiles: one, proportion: at + 1 }));
  expect((await research.mixtures({ components })).components).toHaveLength(2);
  const labelled = {
    molecules: [
      { smiles: vanillin, notes: ['vanilla'] },
      { smiles: 'CSSC', notes: ['sulfurous'] },
    ],
  };
  const evaluated = await research.evaluate(labelled);
  const byCsv = await research.evaluateCsv('smiles,notes\nCOc1cc(C=O)ccc1O,vanilla\nCSSC,sulfurous\n');
  expect(byCsv.macro).toEqual(evaluated.macro);
  const points = await research.mapPoints({ note: 'vanilla', limit: 20 }).toArray();
  expect(points).toHaveLength((await research.map({ note: 'vanilla', limit: 1 })).total);
});

test('keys of the account: made, changed, rotated, revoked, and good for their scopes alone', async () => {
  const made = await sillage.keys.create({ label: 'suite', scopes: ['predict'] });
  const narrow = new Sillage({ baseUrl, apiKey: made.secret });
  expect((await narrow.predict({ smiles: 'C' })).predictions).toHaveLength(1);
  const refused = narrow.research.safety({ smiles: 'C' });
  await expect(refused).rejects.toThrow(PermissionError);
  await expect(refused).rejects.toMatchObject({ scope: 'research' });
  expect((await sillage.keys.update(made.id, { label: 'renamed' })).label).toBe('renamed');
  const successor = await sillage.keys.rotate(made.id, { overlap_s: 60 });
  expect(successor.replaces).toBe(made.id);
  expect((await sillage.keys.list({ limit: 1 }).toArray()).map(({ id }) => id)).toContain(successor.id);
  await sillage.keys.revoke(successor.id);
  const gone = new Sillage({ baseUrl, apiKey: successor.secret, maxRetries: 0 });
  await expect(gone.models()).rejects.toThrow(AuthenticationError);
  await sillage.keys.revoke(made.id);
});

test('an OAuth client gets its tokens by itself', async () => {
  const { id, secret } = await sillage.oauthClients.create({ label: 'suite', scopes: ['predict'] });
  const token = clientCredentials({ baseUrl, clientId: id, clientSecret: secret });
  const program = new Sillage({ baseUrl, token });
  expect((await program.predict({ smiles: ['C'] })).predictions).toHaveLength(1);
  await sillage.oauthClients.revoke(id);
});

test('the account and the administration of tenants', async () => {
  const account = await sillage.account.get();
  expect(account.credential.scopes).toContain('admin');
  expect((await sillage.account.usage({ group_by: 'endpoint' })).group_by).toEqual(['endpoint']);
  expect((await sillage.account.audit({ limit: 2 }).toArray(3)).length).toBe(3);
  expect((await sillage.account.consents()).consents.length).toBeGreaterThan(0);
  const types = new Set<string>();
  for await (const { type } of sillage.account.export()) types.add(type);
  expect([...types]).toEqual(expect.arrayContaining(['account', 'key', 'end']));

  const tenant = await sillage.admin.createTenant({ name: `suite ${Date.now()}`, tier: 'basic' });
  const key = await sillage.admin.createKey(tenant.id, { label: 'first' });
  const theirs = new Sillage({ baseUrl, apiKey: key.secret });
  expect((await theirs.account.get()).tenant).toMatchObject({ id: tenant.id, tier: 'basic' });
  expect((await sillage.admin.updateTenant(tenant.id, { tier: 'pro' })).tier).toBe('pro');
  expect((await sillage.admin.tenants({ limit: 1 }).toArray(2)).map(({ id }) => id)).toContain(tenant.id);
  expect((await sillage.admin.eraseTenant(tenant.id, tenant.id)).tenant_id).toBe(tenant.id);
});

test('webhooks of the account: made, tried, their deliveries, sent again, removed', async () => {
  const { webhooks } = sillage;
  const made = await webhooks.create({ url: 'https://sillage.invalid/hook', events: ['job.failed'] });
  expect(made.secret).toMatch(/^.{16,}$/);
  expect((await webhooks.list()).map(({ id }) => id)).toContain(made.id);
  const told = await webhooks.test(made.id);
  expect(told).toMatchObject({ event: 'webhook.test', webhook_id: made.id });
  const log = await webhooks.deliveries({ webhook_id: made.id, limit: 1 }).toArray();
  expect(log.map(({ id }) => id)).toEqual([told.id]);
  expect((await webhooks.redeliver(told.id)).id).toBe(told.id);
  await webhooks.delete(made.id);
  expect((await webhooks.list()).map(({ id }) => id)).not.toContain(made.id);
});

test('what operators look after: the fleet, jobs of all tenants, the audit log’s chain', async () => {
  const { admin } = sillage;
  const { services } = await admin.fleet();
  expect(services.map(({ state }) => state)).toEqual(services.map(() => 'ready'));
  const job = await sillage.jobs.create({ kind: 'predict', input: { smiles: ['C1CC'] } });
  await sillage.jobs.wait(job.id);
  const { id: tenant_id } = (await sillage.account.get()).tenant;
  expect((await admin.jobs({ tenant_id, limit: 1 }).toArray(1)).map(({ id }) => id)).toEqual([job.id]);
  expect(await admin.getJob(job.id)).toMatchObject({ tenant_id, status: 'succeeded' });
  await admin.retryJob(job.id);
  await sillage.jobs.wait(job.id);
  expect((await admin.cancelJob(job.id)).status).toBe('succeeded');
  await admin.deleteJob(job.id);
  await expect(admin.getJob(job.id)).rejects.toThrow(NotFoundError);
  const [entry] = await admin.audit({ action: 'job.', limit: 1 }).toArray(1);
  expect(entry?.target).toBe(`job:${job.id}`);
  expect(await admin.verifyAudit()).toMatchObject({ holds: true, fault: null });
});
