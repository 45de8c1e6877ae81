import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { FragmentScores } from '@sillage/chem';
import { createLog } from '@sillage/kit';
import { scanRepository } from '../repository/scan.ts';
import { describedRows } from './described-rows.ts';
import { ThreadPool } from './thread-pool.ts';

// Real threads on the models of this repository.
const models = join(import.meta.dirname, '../../../../models');
const odour = 'olfactory-base/1';
const pools: ThreadPool[] = [];

async function pool(maxThreads: number, idleMs = 60_000): Promise<ThreadPool> {
  const made = new ThreadPool({
    setup: {
      models: (await scanRepository([models])).models,
      device: 'cpu',
      intraOpThreads: 1,
      fragmentScores: FragmentScores.load().memory,
    },
    maxThreads,
    idleMs,
    log: (await createLog({ service: 'test', level: 'silent', file: undefined })).log,
  });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((one) => one.close()));
});

const describeTask = (smiles: readonly string[]) => ({ model: odour, smiles, svg: false, asWritten: false });

test('threads are started when tasks wait, up to the limit', async () => {
  const threads = await pool(2);
  expect(threads.threads).toBe(0);
  await threads.run('describe', describeTask(['CCO']));
  expect(threads.threads).toBe(1);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => threads.run('describe', describeTask(['CCO', 'C1CC']))),
  );
  expect(threads.threads).toBe(2);
  for (const answer of answers) expect(describedRows(answer).map(({ kind }) => kind)).toEqual(['ok', 'bad']);
}, 30_000);

test('what is urgent goes before what waits; what was given up is not run', async () => {
  const threads = await pool(1);
  await threads.run('describe', describeTask(['C']));
  const order: string[] = [];
  const leaving = new AbortController();
  const tasks = ['a', 'b', 'c', 'd'].map((name) =>
    threads.run('describe', describeTask(['CCO']), name === 'd' ? { signal: leaving.signal } : {}).then(
      () => order.push(name),
      () => order.push(`${name} given up`),
    ),
  );
  const urgent = threads
    .run('molblocks', { smiles: ['C'] }, { priority: 1 })
    .then(() => order.push('urgent'));
  leaving.abort(new Error('the caller has gone'));
  await Promise.all([...tasks, urgent]);
  // Two tasks were at hand of the thread before the urgent one came.
  expect(order.indexOf('urgent')).toBeLessThan(order.indexOf('c'));
  expect(order).toContain('d given up');
}, 30_000);

test('a task that fails fails alone', async () => {
  const threads = await pool(1);
  const failed = threads.run('describe', { ...describeTask(['CCO']), model: 'no-model/1' });
  await expect(failed).rejects.toMatchObject({
    code: 'model_failed',
    message: 'the model failed on this input',
  });
  await expect(threads.run('molblocks', { smiles: ['CCO'] })).resolves.toHaveLength(1);
}, 30_000);

const generation = (maxSamples: number) => ({
  id: 'g',
  model: 'generator-baseline/2',
  odourModel: odour,
  options: {
    seed: 1,
    maxSamples,
    lane: { index: 0, of: 1 },
    weights: new Map([['vanilla', 1]]),
    leftOut: new Map(),
    constraints: {},
    scaffold: undefined,
    isScored: true,
  },
});

test('a lease keeps a conversation on one thread', async () => {
  const threads = await pool(2);
  const lease = threads.lease();
  await lease.run('generate-open', generation(100));
  const chunk = await lease.run('generate-next', { id: 'g', samples: 20 });
  expect(chunk.sampled).toBe(20);
  expect(chunk.molecules.some(({ details }) => details !== undefined)).toBe(true);
  await lease.run('generate-close', { id: 'g' });
  await expect(lease.run('generate-next', { id: 'g', samples: 1 })).rejects.toMatchObject({
    code: 'model_failed',
  });
  lease.release();
}, 30_000);

test('after close nothing is taken and nothing hangs', async () => {
  const threads = await pool(1);
  const running = threads
    .run('describe', describeTask(['CCO']))
    .catch((error: { code: string }) => error.code);
  await threads.close();
  expect(await running).toBe('unavailable');
  await expect(threads.run('molblocks', { smiles: [] })).rejects.toMatchObject({ code: 'unavailable' });
}, 30_000);

// A thread cut off inside the native code of a model would take the process with it.
test('closed while models run, the process lives and what ran is told', async () => {
  for (let round = 0; round < 10; round += 1) {
    const threads = await pool(1);
    const lease = threads.lease();
    await lease.run('generate-open', generation(10_000));
    await lease.run('generate-next', { id: 'g', samples: 1 });
    const running = lease.run('generate-next', { id: 'g', samples: 2000 });
    await Promise.all([
      expect(running).rejects.toMatchObject({ code: 'unavailable' }),
      setTimeout(20 + round).then(() => threads.close()),
    ]);
  }
}, 60_000);
