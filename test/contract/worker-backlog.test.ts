import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aheadChunks } from '@sillage/jobs';
import { JobsUnderTest, molecules } from '../support/jobs-under-test.ts';

/** What the chart has KEDA ask Postgres, to scale workers from none and back. */
const query = readFileSync(
  join(import.meta.dirname, '../../charts/sillage/files/worker-backlog.sql'),
  'utf8',
).replaceAll('RETENTION_DAYS', '30');

let under: JobsUnderTest;
beforeAll(async () => {
  under = await JobsUnderTest.start('redis');
}, 60_000);
afterAll(() => under?.stop(), 60_000);

async function backlog(): Promise<number> {
  const [row] = await under.database.query<{ greatest: string }>(query);
  return Number(row?.greatest);
}
const backdate = (column: string, id: string) =>
  under.database.query(`update jobs.jobs set ${column} = now() - interval '31 days' where id = $1`, [id]);

test('workers are called for by the chunks that wait, not by the few that the queue has', async () => {
  expect(await backlog()).toBe(0);
  const { job } = await under.create({ kind: 'predict', smiles: molecules(256 * aheadChunks * 2) });
  expect(await backlog()).toBe(aheadChunks * 2);
  await under.jobs.pause(job.tenantId, job.id);
  expect(await backlog()).toBe(0);
  await under.jobs.resume(job.tenantId, job.id);
  await under.startWorker();
  expect(await under.end(job)).toMatchObject({ state: 'succeeded' });
  expect(await backlog()).toBe(0);
});

test('what else only workers do calls for one', async () => {
  await under.tidy();
  const { job } = await under.create({ kind: 'predict', smiles: molecules(1) }, { deadlineS: 3600 });
  await under.jobs.pause(job.tenantId, job.id);
  await backdate('deadline_at', job.id);
  expect(await backlog()).toBe(1);
  await under.jobs.cancel(job.tenantId, job.id);
  expect(await backlog()).toBe(0);
  await backdate('finished_at', job.id);
  expect(await backlog()).toBe(1);
  await under.database.query('update jobs.jobs set purged_at = now() where id = $1', [job.id]);
  await under.database.query(
    `insert into jobs.webhook_deliveries (id, job_id, tenant_id, event, payload)
     values (gen_random_uuid(), $1, $2, 'job.finished', '{}')`,
    [job.id, job.tenantId],
  );
  expect(await backlog()).toBe(1);
  await under.database.query(
    `update jobs.webhook_deliveries set next_attempt_at = now() + interval '1 hour'`,
  );
  expect(await backlog()).toBe(0);
});
