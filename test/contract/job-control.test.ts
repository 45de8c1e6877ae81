import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { aheadChunks, type Job, type JobEvent, Retention } from '@sillage/jobs';
import { JobsUnderTest, molecules } from '../support/jobs-under-test.ts';

let under: JobsUnderTest;

function startBeforeAll(backend: 'postgres' | 'redis'): void {
  beforeAll(async () => {
    under = await JobsUnderTest.start(backend);
  }, 60_000);
  afterEach(() => under.tidy());
  afterAll(() => under?.stop(), 60_000);
}

const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

async function expectWhole(job: Job): Promise<void> {
  const rows = await under.lines(job);
  expect(rows.map((row) => row['index'])).toEqual(indexes(job.total));
}

describe.each(['postgres', 'redis'] as const)(
  'what the queue has a part in, where it lives in %s',
  (backend) => {
    startBeforeAll(backend);

    test('one tenant’s 100,000 molecules do not hold up another’s 10', async () => {
      under.inference.script.predictMs = 50;
      const { job: large } = await under.create(
        { kind: 'predict', smiles: molecules(100_000) },
        { weight: 8 },
      );
      await under.startWorker();
      await under.follow(large, (job) => job.done >= 512);
      const { done: before } = await under.jobs.get(large.tenantId, large.id);
      const { job: small } = await under.create(
        { kind: 'predict', smiles: molecules(10) },
        { tenantId: 'the other', weight: 1 },
      );
      expect(await under.end(small)).toMatchObject({ state: 'succeeded', done: 10 });
      const { done: after } = await under.jobs.get(large.tenantId, large.id);
      // What was in the queue already, what workers had in hand, and a few that went beside it.
      expect((after - before) / 256).toBeLessThan(2.5 * aheadChunks);
      expect(after).toBeLessThan(large.total / 4);
      await under.jobs.cancel(large.tenantId, large.id);
    }, 60_000);

    test('tenants share the workers by weight', async () => {
      under.inference.script.predictMs = 20;
      const light = await under.create(
        { kind: 'predict', smiles: molecules(20_000) },
        { tenantId: 'l', weight: 1 },
      );
      const heavy = await under.create(
        { kind: 'predict', smiles: molecules(20_000) },
        { tenantId: 'h', weight: 4 },
      );
      await under.startWorker();
      await under.follow(heavy.job, (job) => job.done >= 10_000);
      const { done } = await under.jobs.get('l', light.job.id);
      expect(done).toBeGreaterThan(1000);
      // A quarter, and what lay in the queue before the heavier one came.
      expect(done).toBeLessThan(2500 + 2 * aheadChunks * 256);
      await under.jobs.cancel('l', light.job.id);
      await under.jobs.cancel('h', heavy.job.id);
    }, 60_000);

    test('a paused job finishes what is in hand and no more; resumed, it goes on to the end', async () => {
      under.inference.script.predictMs = 50;
      await under.startWorker();
      const { job } = await under.create({ kind: 'predict', smiles: molecules(5000) });
      await under.follow(job, ({ done }) => done >= 512);
      expect(await under.jobs.pause(job.tenantId, job.id)).toMatchObject({ state: 'paused' });
      expect(await under.jobs.pause(job.tenantId, job.id)).toMatchObject({ state: 'paused' });
      // Another tenant's job, made later and finished, tells that the worker had time for this one.
      const other = await under.create({ kind: 'predict', smiles: molecules(600) }, { tenantId: 'other' });
      await under.end(other.job);
      const paused = await under.jobs.get(job.tenantId, job.id);
      const third = await under.create({ kind: 'predict', smiles: molecules(600) }, { tenantId: 'third' });
      await under.end(third.job);
      expect(await under.jobs.get(job.tenantId, job.id)).toMatchObject({
        state: 'paused',
        done: paused.done,
      });
      await under.jobs.resume(job.tenantId, job.id);
      const done = await under.end(job);
      expect(done).toMatchObject({ state: 'succeeded', done: 5000, failed: 0 });
      await expectWhole(done);
    }, 60_000);

    test('a cancelled job that is resumed keeps its rows and gets the others', async () => {
      under.inference.script.predictMs = 50;
      await under.startWorker();
      const { job } = await under.create({ kind: 'predict', smiles: molecules(3000) });
      await under.follow(job, ({ done }) => done >= 512);
      const cancelled = await under.jobs.cancel(job.tenantId, job.id);
      const kept = await under.lines(cancelled);
      expect(await under.jobs.resume(job.tenantId, job.id)).toMatchObject({ finishedAt: undefined });
      const done = await under.end(job);
      expect(done).toMatchObject({ state: 'succeeded', done: 3000 });
      expect(kept.length).toBeLessThan(3000);
      await expectWhole(done);
    }, 60_000);
  },
);

describe('what Postgres alone decides', () => {
  startBeforeAll('postgres');

  test('a retry runs the failed rows alone; those that went well stay to the letter', async () => {
    await under.startWorker();
    const smiles = molecules(1000).with(17, 'X17').with(700, 'X700');
    const { job } = await under.create({ kind: 'predict', smiles });
    const first = await under.end(job);
    expect(first).toMatchObject({ state: 'succeeded', done: 1000, failed: 2 });
    const before = await under.lines(first);
    under.inference.script.isForgiving = true;
    const again = await under.jobs.retry(job.tenantId, job.id);
    expect(again).toMatchObject({ done: 1000 });
    // A worker may have it, or be done with it, before we read it back.
    expect(['queued', 'running', 'succeeded']).toContain(again.state);
    // While it runs, every row is there to be read.
    expect(await under.lines(first)).toHaveLength(1000);
    const second = await under.end(job);
    expect(second).toMatchObject({ state: 'succeeded', done: 1000, failed: 0 });
    const after = await under.lines(second);
    expect(after.filter((row) => 'error' in row)).toEqual([]);
    expect(after.filter((_, index) => index !== 17 && index !== 700)).toEqual(
      before.filter((_, index) => index !== 17 && index !== 700),
    );
    await expect(under.jobs.retry(job.tenantId, job.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(under.jobs.resume(job.tenantId, job.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(under.jobs.pause(job.tenantId, job.id)).rejects.toMatchObject({ code: 'conflict' });
  }, 60_000);

  test('a job that failed goes on where it was, by retry', async () => {
    await under.startWorker();
    under.inference.script.failures = ['invalid_input'];
    const { job } = await under.create({ kind: 'predict', smiles: molecules(2000) });
    expect(await under.end(job)).toMatchObject({ state: 'failed', error: { code: 'invalid_input' } });
    await under.jobs.retry(job.tenantId, job.id);
    const done = await under.end(job);
    expect(done).toMatchObject({ state: 'succeeded', done: 2000, error: undefined });
    await expectWhole(done);
  }, 60_000);

  test('a deadline that passes fails the job; its rows stay', async () => {
    under.inference.script.hangAfter = 2;
    await under.startWorker();
    const { job } = await under.create({ kind: 'predict', smiles: molecules(3000) }, { deadlineS: 1 });
    const done = await under.end(job);
    expect(done).toMatchObject({ state: 'failed', done: 512, error: { code: 'deadline' } });
    expect(await under.lines(done)).toHaveLength(512);
  }, 60_000);

  test('whoever goes on from an event gets every later one, in order and once', async () => {
    under.inference.script.predictMs = 20;
    await under.startWorker();
    const { job } = await under.create({ kind: 'predict', smiles: molecules(6000) });
    const seen: JobEvent[] = [];
    // A reader that is cut off after every few events and connects again, as over a bad line.
    for (let last = 0, isOver = false; !isOver; ) {
      isOver = true;
      let count = 0;
      for await (const event of under.jobs.watch(job.tenantId, job.id, AbortSignal.timeout(50_000), last)) {
        if (event.seq > last) seen.push(event);
        last = event.seq;
        count += 1;
        if (count < 4) continue;
        isOver = false;
        break;
      }
    }
    expect(seen.map(({ seq }) => seq)).toEqual(indexes(seen.length).map((index) => index + 1));
    // Queued, running, and one for each of 24 chunks, the last of which ended the job.
    expect(seen).toHaveLength(2 + 24);
    expect(seen.at(-1)?.job).toMatchObject({ state: 'succeeded', done: 6000 });
  }, 60_000);

  test('what is past its retention is deleted, and the job says when; events and results end with it', async () => {
    const { job } = await under.create({ kind: 'predict', smiles: molecules(300) });
    await under.startWorker();
    const done = await under.end(job);
    await under.database.query(
      `update jobs.jobs set finished_at = now() - interval '25 hours' where id = $1`,
      [job.id],
    );
    const { database, storage } = under;
    expect(await new Retention({ database, storage, days: 2, recordDays: 1 }).purge()).toBe(0);
    expect(await new Retention({ database, storage, days: 1, recordDays: 1 }).purge()).toBe(1);
    expect(await new Retention({ database, storage, days: 1, recordDays: 1 }).purge()).toBe(0);
    const purged = await under.jobs.get(job.tenantId, job.id);
    expect(purged).toMatchObject({ state: 'succeeded', done: 300, purgedAt: expect.any(Date) });
    await expect(under.jobs.results(purged)).rejects.toMatchObject({ code: 'not_found' });
    await expect(under.jobs.retry(job.tenantId, job.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await storage.get(`jobs/${job.id}/input/0`)).toBeUndefined();
    const seen = [];
    for await (const { seq } of under.jobs.watch(job.tenantId, job.id, AbortSignal.timeout(5000), 1))
      seen.push(seq);
    expect(seen).toEqual([done.eventSeq]);
    await under.database.query(`update jobs.jobs set purged_at = now() - interval '25 hours' where id = $1`, [
      job.id,
    ]);
    await new Retention({ database, storage, days: 1, recordDays: 1 }).purge();
    await expect(under.jobs.get(job.tenantId, job.id)).rejects.toMatchObject({ code: 'not_found' });
  }, 60_000);
});
