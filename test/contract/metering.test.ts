import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AuthUnderTest, startAuthUnderTest } from '../support/auth.ts';

let under: AuthUnderTest;
const month = new Date().toISOString().slice(0, 7);
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  under = await startAuthUnderTest();
}, 60_000);
afterAll(() => under.stop(), 60_000);

const used = async (tenantId: string) =>
  (await under.client.unary('GetAccount', { tenantId })).quota?.used ?? Number.NaN;

test('two pods grant no more than the month has, however many ask at once', async () => {
  const tenantId = await under.tenant('TIER_FREE');
  const answers = await Promise.all(
    Array.from({ length: 60 }, () =>
      under.client.unary('ReserveQuota', { tenantId, needed: 200, wanted: 250 }),
    ),
  );
  const granted = answers.filter(({ isGranted }) => isGranted).reduce((sum, one) => sum + one.granted, 0);
  expect(granted).toBe(await used(tenantId));
  expect(granted).toBeLessThanOrEqual(10_000);
  expect(granted).toBeGreaterThan(9800);
  const refused = answers.find(({ isGranted }) => !isGranted);
  expect(refused).toMatchObject({ granted: 0, quota: { month, limit: 10_000 } });
  expect(refused?.quota?.resetsAt).toMatch(/^\d{4}-\d\d-01T00:00:00\.000Z$/);
});

test('what is given back can be had again; another month is left as it was', async () => {
  const tenantId = await under.tenant('TIER_FREE');
  await under.client.unary('ReserveQuota', { tenantId, needed: 10_000, wanted: 10_000 });
  expect(await under.client.unary('ReserveQuota', { tenantId, needed: 1, wanted: 1 })).toMatchObject({
    isGranted: false,
  });
  await under.client.unary('ReturnQuota', { tenantId, month: '2001-01', molecules: 500 });
  expect(await used(tenantId)).toBe(10_000);
  await under.client.unary('ReturnQuota', { tenantId, month, molecules: 500 });
  expect(await used(tenantId)).toBe(9500);
  // What was spent while auth was away is charged even past the limit.
  await under.client.unary('ReserveQuota', { tenantId, spent: 700 });
  expect(await used(tenantId)).toBe(10_200);
});

test('a job is charged whole, no more jobs than the tier allows, and what it did not do is given back once', async () => {
  const tenantId = await under.tenant('TIER_FREE');
  const open = (jobId: string, molecules: number) =>
    under.client.unary('OpenJobCharge', { tenantId, keyId: 'k', jobId, molecules });
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
  expect(await open(first, 20_000)).toMatchObject({ outcome: 'OUTCOME_QUOTA_USED_UP' });
  expect(await open(first, 6000)).toMatchObject({ outcome: 'OUTCOME_CHARGED' });
  expect(await open(second, 4000)).toMatchObject({ outcome: 'OUTCOME_CHARGED' });
  expect(await open(third, 1)).toMatchObject({
    outcome: 'OUTCOME_TOO_MANY_JOBS',
    openJobs: 2,
    maxOpenJobs: 2,
  });

  const ask = { tenantId, limit: 10, notSeenForS: 0 };
  const { charges } = await under.client.unary('ListOpenJobCharges', ask);
  expect(charges.map(({ jobId }) => jobId).sort()).toEqual([first, second].sort());
  const soon = { ...ask, notSeenForS: 60 };
  expect((await under.client.unary('ListOpenJobCharges', soon)).charges).toEqual([]);

  for (let twice = 0; twice < 2; twice += 1) {
    await under.client.unary('CloseJobCharge', { jobId: first, done: 5000 });
  }
  expect(await used(tenantId)).toBe(9000);
  // Tried again: the thousand that failed are charged anew, and 400 of them go well.
  expect(await open(first, 1000)).toMatchObject({ outcome: 'OUTCOME_CHARGED' });
  await under.client.unary('CloseJobCharge', { jobId: first, done: 5400 });
  expect(await used(tenantId)).toBe(9400);
  const { rows } = await under.client.unary('GetUsage', { tenantId, from: today, to: today, groupBy: [] });
  expect(rows).toMatchObject([{ molecules: 5400, requests: 0 }]);
  await expect(
    under.client.unary('OpenJobCharge', {
      tenantId: await under.tenant('TIER_FREE'),
      keyId: 'k',
      jobId: second,
      molecules: 1,
    }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('usage adds up, a batch sent twice counts once, and rows of tenants that are gone do no harm', async () => {
  const tenantId = await under.tenant();
  const row = {
    tenantId,
    keyId: 'a',
    endpoint: '/api/v1/predict',
    day: '2026-10-01',
    requests: 2,
    molecules: 9,
    errors: 1,
  };
  const rows = [
    row,
    { ...row, keyId: 'b' },
    { ...row, day: '2026-10-02' },
    { ...row, tenantId: randomUUID() },
    row,
  ];
  const batchId = randomUUID();
  await under.client.unary('RecordUsage', { batchId, rows });
  await under.client.unary('RecordUsage', { batchId, rows });
  await under.client.unary('RecordUsage', { batchId: randomUUID(), rows: [row] });
  const ask = { tenantId, from: '2026-10-01', to: '2026-10-31' };
  const sums = async (...groupBy: ('USAGE_GROUP_DAY' | 'USAGE_GROUP_KEY' | 'USAGE_GROUP_ENDPOINT')[]) =>
    (await under.client.unary('GetUsage', { ...ask, groupBy })).rows.map(
      ({ day, endpoint, keyId, requests, molecules, errors }) => [
        day,
        endpoint,
        keyId,
        requests,
        molecules,
        errors,
      ],
    );
  expect(await sums()).toEqual([['', '', '', 10, 45, 5]]);
  expect(await sums('USAGE_GROUP_DAY')).toEqual([
    ['2026-10-01', '', '', 8, 36, 4],
    ['2026-10-02', '', '', 2, 9, 1],
  ]);
  expect(await sums('USAGE_GROUP_KEY', 'USAGE_GROUP_ENDPOINT')).toEqual([
    ['', '/api/v1/predict', 'a', 8, 36, 4],
    ['', '/api/v1/predict', 'b', 2, 9, 1],
  ]);
});

test.each([
  ['no such tenant', () => reserve(randomUUID(), 1), 'not_found'],
  ['too much at once', () => reserve(randomUUID(), 2e9), 'invalid_input'],
  ['a job id that is none', () => under.client.unary('OpenJobCharge', { jobId: '7' }), 'invalid_input'],
  ['a day that does not exist', () => usage('2026-02-30', '2026-03-01'), 'invalid_input'],
  ['an end before the beginning', () => usage('2026-03-02', '2026-03-01'), 'invalid_input'],
  ['more than a year', () => usage('2020-01-01', '2026-03-01'), 'invalid_input'],
  ['a batch without an id', () => under.client.unary('RecordUsage', { rows: [] }), 'invalid_input'],
] as const)('%s is refused', async (_, ask, code) => {
  await expect(ask()).rejects.toMatchObject({ code });
});

function reserve(tenantId: string, needed: number) {
  return under.client.unary('ReserveQuota', { tenantId, needed, wanted: needed });
}

function usage(from: string, to: string) {
  return under.client.unary('GetUsage', { tenantId: randomUUID(), from, to });
}
