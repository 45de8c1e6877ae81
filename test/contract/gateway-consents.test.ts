import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runSql } from '../support/auth.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';

const path = '/api/v1/account/consents';
const popular = (granted: boolean, version = '1') => ({
  consents: [{ purpose: 'popular_molecules', granted, version }],
});
let fleet: GatewayUnderTest;

beforeAll(async () => {
  fleet = await startGatewayUnderTest();
}, 60_000);
afterAll(() => fleet.stop(), 60_000);

let made = 0;
/** Whether a molecule nobody asked for before is to be counted. */
async function isCounted(api: Awaited<ReturnType<GatewayUnderTest['tenant']>>): Promise<boolean | undefined> {
  made += 1;
  expect((await api.post('/api/v1/predict', { smiles: 'C'.repeat(made) })).status).toBe(200);
  return fleet.script.counted.at(-1);
}

test('without a decision the answer is no; a decision is acted on at once, kept, audited and exported', async () => {
  const api = await fleet.tenant();
  const undecided = await api.get(path);
  expect(undecided.body).toMatchObject({
    consents: [{ purpose: 'popular_molecules', granted: false, version: '1', decided_at: null }],
    history: [],
  });
  expect(await isCounted(api)).toBe(false);

  const granted = await api.request('PUT', path, popular(true));
  expect([granted.status, granted.body.consents[0].granted]).toEqual([200, true]);
  const untilMs = Date.now() + 1000;
  while (!(await isCounted(api))) expect(Date.now()).toBeLessThan(untilMs);
  // Another tenant did not agree.
  expect(await isCounted(await fleet.tenant())).toBe(false);

  await api.request('PUT', path, popular(false));
  const againMs = Date.now() + 1000;
  while (await isCounted(api)) expect(Date.now()).toBeLessThan(againMs);
  const { history } = (await api.get(path)).body;
  expect(history.map(({ granted: is }: { granted: boolean }) => is)).toEqual([false, true]);

  const audited = (await api.get('/api/v1/account/audit')).body.entries.filter(
    ({ action }: { action: string }) => action.startsWith('consent.'),
  );
  expect(audited).toMatchObject([
    { action: 'consent.withdrawn', detail: { purpose: 'popular_molecules', version: '1' } },
    { action: 'consent.granted', detail: { purpose: 'popular_molecules', version: '1' } },
  ]);
  const lines: { type: string }[] = (await api.text('/api/v1/account/export'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ type }) => type === 'consent')).toHaveLength(2);
});

test('what was agreed to in another version of the text is no longer agreed to', async () => {
  const api = await fleet.tenant();
  await api.request('PUT', path, popular(true));
  await runSql(fleet.postgres.url, "update auth.consents set version = '0'", []);
  expect((await api.get(path)).body.consents[0].granted).toBe(false);
  // A gateway that has never seen this key.
  const other = await fleet.startGateway();
  await fetch(`${other.url}/api/v1/predict`, {
    method: 'POST',
    headers: { 'X-API-Key': api.key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ smiles: 'CCOCCOCC' }),
  });
  expect(fleet.script.counted.at(-1)).toBe(false);
});

test.each([
  [
    'an unknown purpose',
    { consents: [{ purpose: 'adverts', granted: true, version: '1' }] },
    '/consents/0/purpose',
  ],
  ['another text', popular(true, '9'), '/consents/0/version'],
  ['no decision', { consents: [] }, '/consents'],
  [
    'what is neither yes nor no',
    { consents: [{ purpose: 'popular_molecules', granted: 'yes', version: '1' }] },
    '/consents/0/granted',
  ],
])('%s is refused by its field, and nothing is kept', async (_, body, pointer) => {
  const api = await fleet.tenant();
  const { status, body: problem } = await api.request('PUT', path, body);
  expect([status, problem.errors[0].pointer]).toEqual([400, pointer]);
  expect((await api.get(path)).body.history).toEqual([]);
});

test('decisions go with the tenant', async () => {
  const api = await fleet.tenant();
  await api.request('PUT', path, popular(true));
  const { tenant } = (await api.get('/api/v1/account')).body;
  await api.delete(`/api/v1/account?confirm=${tenant.id}`);
  const left = await runSql(fleet.postgres.url, 'select from auth.consents where tenant_id = $1', [
    tenant.id,
  ]);
  expect(left).toEqual([]);
});
