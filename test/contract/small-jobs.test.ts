import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { InputRow } from '@sillage/jobs';
import { JobsUnderTest, molecules } from '../support/jobs-under-test.ts';

let under: JobsUnderTest;
beforeAll(async () => {
  under = await JobsUnderTest.start('postgres');
}, 60_000);
afterEach(() => under.tidy());
afterAll(() => under?.stop(), 60_000);

async function inputs(tenantId: string, id: string): Promise<InputRow[]> {
  const found: InputRow[] = [];
  for await (const rows of under.jobs.inputs(await under.jobs.get(tenantId, id))) found.push(...rows);
  return found;
}

test('a small input lies with its chunks, a larger one in storage; either is worked on and told again', async () => {
  const small = molecules(300).with(7, '\u0000"\\n');
  const large = molecules(5000);
  const { job: a } = await under.create({ kind: 'predict', smiles: small });
  const { job: b } = await under.create({ kind: 'predict', smiles: large });
  expect((await inputs(a.tenantId, a.id)).map(({ smiles }) => smiles)).toEqual(small);
  expect((await inputs(b.tenantId, b.id)).map(({ smiles }) => smiles)).toEqual(large);
  expect(await under.storage.get(`jobs/${a.id}/input/0`)).toBeUndefined();
  expect(await under.storage.get(`jobs/${b.id}/input/0`)).toBeDefined();
  expect(await under.database.query('select 1 from jobs.uploads')).toEqual([]);
  await under.startWorker();
  expect(await under.end(a)).toMatchObject({ state: 'succeeded', done: 300 });
  expect(await under.end(b)).toMatchObject({ state: 'succeeded', done: 5000, failed: 0 });
  expect((await under.lines(a)).map((row) => row['input'])).toEqual(small);
}, 60_000);

test('of jobs that come together each has its own answer', async () => {
  const { job: earlier } = await under.create({ kind: 'predict', smiles: ['C1'] }, { idempotencyKey: 'old' });
  await under.database.query(
    `update jobs.jobs set created_at = now() - interval '25 hours' where idempotency_key = 'old'`,
  );
  const key = (index: number) => (index < 10 ? { idempotencyKey: `key ${index % 5}` } : {});
  const made = await Promise.allSettled([
    ...Array.from({ length: 100 }, (_, index) =>
      under.create(
        { kind: 'predict', smiles: [index < 10 ? `C${index % 5}` : `C${index}`] },
        { ...key(index), tenantId: index % 2 ? under.tenantId : 'another' },
      ),
    ),
    under.create({ kind: 'predict', smiles: ['C2'] }, { idempotencyKey: 'old' }),
    under.create({ kind: 'predict', smiles: ['C3'] }, { deadlineS: Number.NaN }),
    // Postgres has no place for such a weight.
    under.create({ kind: 'predict', smiles: ['C4'] }, { weight: 2 ** 40 }),
  ]);
  const values = made.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  expect(made.at(-1)?.status).toBe('rejected');
  expect(values).toHaveLength(102);
  expect(new Set(values.map(({ job }) => job.id)).size).toBe(102);
  expect(values.every(({ job }) => job.state === 'queued' && job.eventSeq === 1 && job.total === 1)).toBe(
    true,
  );
  expect(values.some(({ job }) => job.id === earlier.id)).toBe(false);
  const again = await under.create({ kind: 'predict', smiles: ['C2'] }, { idempotencyKey: 'old' });
  expect(again).toMatchObject({ isNew: false, job: { id: values[100]?.job.id } });
  for (const { job } of values) await under.jobs.cancel(job.tenantId, job.id);
}, 60_000);

test('what a gateway of the version before has made is worked on, in its turn', async () => {
  const id = randomUUID();
  const settings = JSON.stringify({ description: 'vanilla', num_molecules: 5, seed: 1 });
  await under.database.query(
    `insert into jobs.jobs (id, tenant_id, kind, input, total, open_chunks, body_hash, event_seq)
     values ($1, $2, 'generate', $3, 5, 1, $4, 1)`,
    [id, under.tenantId, settings, createHash('sha256').update(settings).digest('hex')],
  );
  await under.database.query(
    'insert into jobs.job_chunks (job_id, chunk_index, first_row, row_count) values ($1, 0, 0, 5)',
    [id],
  );
  await under.startWorker();
  const job = await under.jobs.get(under.tenantId, id);
  expect(await under.end(job)).toMatchObject({ state: 'succeeded', done: 5 });
}, 60_000);
