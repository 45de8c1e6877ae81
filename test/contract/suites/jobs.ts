import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Job, type JobService, sweepIntervalMs } from '@sillage/jobs';
import { currentTraceId, startTracing, withSpan } from '@sillage/kit';
import {
  type Backend,
  JobsUnderTest,
  leaseMs,
  molecules,
  type TestJob,
  type TestJobOptions,
} from '../../support/jobs-under-test.ts';
import {
  type ScriptedInference,
  scriptedProbability,
  usualScript,
} from '../../support/scripted-inference.ts';
import { startTraceReceiver, type TraceReceiver } from '../../support/trace-receiver.ts';

/** From when another worker is there: the lease, a look of the sweep, delivery, and room for a busy machine. */
const takeUpMs = leaseMs + sweepIntervalMs + 5000;

/** Jobs whose queue lives in this store; one file for each, so that they run beside each other. */
export function jobs(backend: Backend): void {
  let under: JobsUnderTest;
  let service: JobService;
  let inference: ScriptedInference;
  let traces: TraceReceiver;
  let tracing: { stop: () => Promise<void> };

  beforeAll(async () => {
    traces = await startTraceReceiver();
    tracing = startTracing({ service: 'jobs-test', endpoint: traces.url });
    under = await JobsUnderTest.start(backend);
    ({ jobs: service, inference } = under);
  }, 60_000);

  afterEach(() => under.tidy());

  afterAll(async () => {
    await under?.stop();
    await tracing?.stop();
    await traces?.stop();
  }, 60_000);

  const startWorker = () => under.startWorker({ OTEL_EXPORTER_OTLP_ENDPOINT: traces.url });
  const create = (job: TestJob, options?: TestJobOptions) => under.create(job, options);
  const follow = (job: Job, isEnough?: (job: Job) => boolean) => under.follow(job, isEnough);
  const end = (job: Job) => under.end(job);
  const lines = (job: Job) => under.lines(job);
  /** SIGKILLs a worker that has its deliveries in hand and waits for the job's row, which is held until then. */
  const killBeforeClaim = (job: Job): Promise<void> =>
    under.database.transaction(async (connection) => {
      await connection.query('select 1 from jobs.jobs where id = $1 for update', [job.id]);
      const worker = await startWorker();
      for (let waiting = 0; waiting < 2; ) {
        const [row] = await under.database.query<{ count: number }>(
          `select count(*)::integer as count from pg_stat_activity
           where wait_event_type = 'Lock' and application_name = 'sillage-worker'`,
        );
        waiting = row?.count ?? 0;
      }
      await worker.kill();
    });

  test('5,000 molecules with the worker killed midway: 5,000 lines in order, none twice', async () => {
    inference.script.predictMs = 200;
    const smiles = molecules(5000).with(17, 'X17').with(4999, '').with(300, 'C'.repeat(1001));
    const first = await startWorker();
    const { job } = await create({ kind: 'predict', smiles });
    const progress = await follow(job, (state) => state.done >= 1500);
    await first.kill();
    inference.script.predictMs = 0;
    await startWorker();
    const readyAt = Date.now();
    progress.push(...(await follow(job)));
    expect(Date.now() - readyAt).toBeLessThan(takeUpMs);

    const done = progress.at(-1);
    expect(done).toMatchObject({ state: 'succeeded', total: 5000, done: 5000, failed: 3, inProgress: 0 });
    expect(done?.summary.model).toEqual({ name: 'scripted', version: '1' });
    const counts = progress.map((state) => state.done);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(4);

    const rows = await lines(job);
    expect(rows.map((row) => row['index'])).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    expect(rows.map((row) => row['input'])).toEqual(smiles);
    for (const row of [rows[16], rows[2500]]) {
      const probability = expect.closeTo(scriptedProbability(String(row?.['input'])), 3);
      expect(row).toMatchObject({ notes: [{ note: 'vanilla', probability }] });
    }
    expect([17, 300, 4999].map((index) => rows[index]?.['error'])).toEqual([
      expect.objectContaining({ code: 'invalid_input', position: 1 }),
      expect.objectContaining({ code: 'invalid_input', position: 1001 }),
      expect.objectContaining({ detail: expect.stringContaining('empty') }),
    ]);
  }, 60_000);

  test('a cancelled job stops the call in hand, and nothing is written afterwards', async () => {
    inference.script.hangAfter = 3;
    await startWorker();
    const { job } = await create({ kind: 'predict', smiles: molecules(5000) });
    await Promise.all([inference.hanging(), follow(job, (state) => state.done === 768)]);
    const cancelled = await service.cancel(job.tenantId, job.id);
    expect(cancelled).toMatchObject({ state: 'cancelled', done: 768 });
    const asked = Date.now();
    await inference.abandoned();
    expect(Date.now() - asked).toBeLessThan(2500);
    const rows = (await lines(job)).length;
    expect(rows).toBe(cancelled.done);
    Object.assign(inference.script, usualScript);
    const other = await create({ kind: 'predict', smiles: molecules(300) });
    expect(await end(other.job)).toMatchObject({ state: 'succeeded' });
    expect(await service.get(job.tenantId, job.id)).toMatchObject({ state: 'cancelled', done: rows });
    expect(await service.cancel(job.tenantId, job.id)).toMatchObject({ state: 'cancelled' });
  }, 60_000);

  test('who is away or busy is asked again; what is wrong with the request ends the job', async () => {
    await startWorker();
    inference.script.failures = ['unavailable', 'overloaded', 'deadline'];
    const { job } = await create({ kind: 'predict', smiles: molecules(10) });
    expect(await end(job)).toMatchObject({ state: 'succeeded', done: 10 });
    inference.script.failures = ['not_understood'];
    const refused = await create({ kind: 'generate', count: 150 });
    expect(await end(refused.job)).toMatchObject({
      state: 'failed',
      error: { code: 'not_understood', detail: 'scripted not_understood' },
    });
  }, 60_000);

  test('molecules of a generate job are all different, whichever chunk found them', async () => {
    inference.script.poolSize = 320;
    await startWorker();
    const { job } = await create({ kind: 'generate', count: 300, seed: 7 });
    const done = await end(job);
    expect(done).toMatchObject({ state: 'succeeded', done: 300, summary: { understood: { vanilla: 1 } } });
    expect(done.summary.shortfall).toBeUndefined();
    const rows = await lines(job);
    expect(rows.map((row) => row['index'])).toEqual(Array.from({ length: 300 }, (_, index) => index));
    expect(new Set(rows.map((row) => row['smiles'])).size).toBe(300);
  }, 60_000);

  test('a generator that runs dry ends the job with what it found, and says so', async () => {
    inference.script.poolSize = 130;
    await startWorker();
    const { job } = await create({ kind: 'generate', count: 300 });
    const done = await end(job);
    expect(done).toMatchObject({ state: 'succeeded', done: 130, total: 300 });
    expect(done.summary.shortfall).toMatchObject({ wanted: 300, found: 130 });
    const rows = await lines(job);
    expect(new Set(rows.map((row) => row['smiles'])).size).toBe(130);
    expect(rows.map((row) => row['index'])).toEqual(Array.from({ length: 130 }, (_, index) => index));
  }, 60_000);

  test('an idempotency key makes one job; with another body it is a conflict; other tenants see nothing', async () => {
    const body = { kind: 'predict' as const, smiles: molecules(3) };
    const key = { idempotencyKey: 'key' };
    const made = await Promise.all([key, key, key].map((options) => create(body, options)));
    expect(new Set(made.map(({ job }) => job.id)).size).toBe(1);
    expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
    await expect(create({ ...body, smiles: ['C'] }, key)).rejects.toMatchObject({ code: 'conflict' });
    const id = made[0]?.job.id ?? '';
    await expect(service.get('another', id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.cancel('another', id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.get(under.tenantId, "1'; drop")).rejects.toMatchObject({ code: 'not_found' });
    const later = await create(body);
    expect((await service.list(under.tenantId, { limit: 10 })).map((job) => job.id)).toEqual([
      later.job.id,
      id,
    ]);
    expect(
      (await service.list(under.tenantId, { limit: 10, before: later.job.id })).map((job) => job.id),
    ).toEqual([id]);
    expect(await service.list(under.tenantId, { limit: 10, state: 'failed' })).toEqual([]);
    await service.cancel(under.tenantId, id);
    await service.cancel(under.tenantId, later.job.id);
  });

  test('chunks the queue lost are found again', async () => {
    const { job } = await create({ kind: 'predict', smiles: molecules(600) });
    await under.handed(job);
    if (under.redis) await under.redis.flush();
    else await under.database.query('delete from bullmq.job');
    await startWorker();
    expect(await end(job)).toMatchObject({ state: 'succeeded', done: 600 });
  }, 60_000);

  test('a worker that dies between getting a chunk and claiming it holds nobody up', async () => {
    const { job } = await create({ kind: 'predict', smiles: molecules(600) });
    await killBeforeClaim(job);
    await startWorker();
    const readyAt = Date.now();
    expect(await end(job)).toMatchObject({ state: 'succeeded', done: 600 });
    expect(Date.now() - readyAt).toBeLessThan(takeUpMs);
  }, 60_000);

  test('the worker and what it calls belong to the trace of the request', async () => {
    await startWorker();
    const { job, traceId } = await withSpan('request', {}, async () => ({
      ...(await create({ kind: 'predict', smiles: ['CCO'] })),
      traceId: currentTraceId() ?? '',
    }));
    await end(job);
    const isComplete = (names: string[]) =>
      names.includes('job-chunks process') && names.includes('sillage.inference.v1.InferenceService/Predict');
    const spans = await traces.waitFor(
      traceId,
      (found) =>
        isComplete(found.filter((span) => span.service === 'sillage-worker').map((span) => span.name)),
      10_000,
    );
    const ofWorker = spans.filter((span) => span.service === 'sillage-worker');
    const process = ofWorker.find((span) => span.name === 'job-chunks process');
    expect(ofWorker.find((span) => span.name.endsWith('/Predict'))?.parentSpanId).toBe(process?.spanId);
  }, 60_000);

  test('a worker told to stop finishes what it has in hand, and another goes on', async () => {
    inference.script.predictMs = 1000;
    const first = await startWorker();
    const { job } = await create({ kind: 'predict', smiles: molecules(1500) });
    await follow(job, (state) => state.state === 'running');
    const asked = Date.now();
    expect(await first.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    inference.script.predictMs = 0;
    await startWorker();
    expect(await end(job)).toMatchObject({ state: 'succeeded', done: 1500 });
    expect(await lines(job)).toHaveLength(1500);
  }, 60_000);

  test('what holds jobs is killed and started again in mid-job: no process dies, no row is lost', async () => {
    inference.script.predictMs = 100;
    const worker = await startWorker();
    const { job } = await create({ kind: 'predict', smiles: molecules(5000) });
    await follow(job, (state) => state.done >= 512);
    await under.postgres.kill();
    await expect(service.get(job.tenantId, job.id)).rejects.toMatchObject({ code: 'unavailable' });
    await under.postgres.resume();
    await follow(job, (state) => state.done >= 2000);
    if (under.redis) {
      // It comes back empty.
      await under.redis.halt();
      const other = await create({ kind: 'predict', smiles: molecules(300) });
      await under.redis.resume();
      expect(await end(other.job)).toMatchObject({ state: 'succeeded', done: 300 });
    }
    expect(await end(job)).toMatchObject({ state: 'succeeded', done: 5000 });
    expect((await lines(job)).map((row) => row['index'])).toEqual(
      Array.from({ length: 5000 }, (_, index) => index),
    );
    expect(worker.isAlive()).toBe(true);
  }, 60_000);
}
