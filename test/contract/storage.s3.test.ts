import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ObjectStore, openStorage } from '@sillage/jobs';
import { JobsUnderTest, molecules } from '../support/jobs-under-test.ts';
import { describeObjectStore } from '../support/object-store-contract.ts';
import { startTestS3, type TestS3 } from '../support/s3.ts';

describe('objects in a bucket', () => {
  let s3: TestS3;
  let store: ObjectStore;
  const open = () =>
    openStorage({
      RESULTS_S3_BUCKET: s3.env['RESULTS_S3_BUCKET'],
      RESULTS_S3_PREFIX: s3.env['RESULTS_S3_PREFIX'] ?? '',
      RESULTS_S3_REGION: s3.env['RESULTS_S3_REGION'] ?? '',
      RESULTS_S3_ENDPOINT: s3.env['RESULTS_S3_ENDPOINT'],
    });

  beforeAll(async () => {
    s3 = await startTestS3();
    // Where the AWS SDK looks.
    Object.assign(process.env, s3.env);
    store = await open();
  }, 60_000);
  afterAll(async () => {
    store?.close();
    await s3?.stop();
  });

  describeObjectStore(() => store);

  test('a job with its input, rows and retention in the bucket', async () => {
    const under = await JobsUnderTest.start('postgres', { storage: await open(), env: s3.env });
    try {
      await under.startWorker({ RESULT_RETENTION_DAYS: '1' });
      const { job } = await under.create({ kind: 'predict', smiles: molecules(1000) });
      const done = await under.end(job);
      expect(done).toMatchObject({ state: 'succeeded', done: 1000 });
      expect((await under.lines(done)).map((row) => row['input'])).toEqual(molecules(1000));

      await under.database.query(`update jobs.jobs set finished_at = now() - interval '25 hours'`);
      // A worker looks for what is due when it starts.
      await under.tidy();
      await under.startWorker({ RESULT_RETENTION_DAYS: '1' });
      const deadline = Date.now() + 20_000;
      let purged = done;
      while (!purged.purgedAt && Date.now() < deadline) {
        purged = await under.jobs.get(job.tenantId, job.id);
        await delay(100);
      }
      await expect(under.jobs.results(purged)).rejects.toMatchObject({ code: 'not_found' });
      expect(await under.storage.get(`jobs/${job.id}/input/0`)).toBeUndefined();
    } finally {
      await under.stop();
    }
  }, 60_000);

  test('a server that is away is unavailable, not a fault', async () => {
    await s3.stop();
    await expect(store.put('jobs/c/1', Buffer.of(1))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
