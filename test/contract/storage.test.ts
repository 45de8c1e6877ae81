import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ObjectStore, openStorage } from '@sillage/jobs';
import { describeObjectStore } from '../support/object-store-contract.ts';
import { makeTestFolder } from '../support/postgres.ts';

const common = { RESULTS_S3_PREFIX: '', RESULTS_S3_REGION: 'us-east-1' };

describe('objects in a folder', () => {
  const folder = makeTestFolder();
  let store: ObjectStore;
  beforeAll(async () => {
    store = await openStorage({ ...common, RESULTS_DIR: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describeObjectStore(() => store);

  test('no draft is left beside an object', async () => {
    await store.put('jobs/c/1', Buffer.of(1));
    expect(await readdir(`${folder}/jobs/c`)).toEqual(['1']);
  });
});

test('either a folder or a bucket, and not both', async () => {
  await expect(openStorage(common)).rejects.toThrow('RESULTS_DIR or RESULTS_S3_BUCKET');
  await expect(openStorage({ ...common, RESULTS_DIR: 'a', RESULTS_S3_BUCKET: 'b' })).rejects.toThrow(
    'not both',
  );
});
