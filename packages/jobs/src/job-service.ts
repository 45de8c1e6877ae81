import { join } from 'node:path';
import { injectTrace, migrate, reasonOf } from '@sillage/kit';
import { JobEvents } from './job-events.ts';
import { JobStore } from './job-store.ts';
import { createJobQueue, migrateQueue, type QueueStore } from './queue.ts';
import { PostgresResultStore, unpackLines } from './result-store.ts';
import type { JobService, JobServiceOptions } from './types.ts';
import { watchJob } from './watch.ts';

/** Brings schema `jobs` (and, without Redis, the queue's own) up to date; safe from several pods at once. */
export async function migrateJobs(store: QueueStore): Promise<void> {
  await migrate({
    url: store.databaseUrl,
    directory: join(import.meta.dirname, '..', 'migrations'),
    schema: 'jobs',
    log: store.log,
  });
  await migrateQueue(store);
}

/** Jobs as the gateway needs them; call after migrateJobs. */
export async function openJobService(options: JobServiceOptions): Promise<JobService> {
  const { database, log, metrics } = options;
  const states = metrics.counter('olfactory_jobs_total');
  const store = new JobStore(database, (state) => states.inc({ state }));
  const resultStore = new PostgresResultStore(database);
  const queue = await createJobQueue(options);
  const events = new JobEvents(options.databaseUrl, log);
  return {
    create: async (request) => {
      const { job, isNew, chunks } = await store.insert(request);
      if (!isNew) return { job, isNew };
      const trace = injectTrace();
      try {
        await queue.enqueue(chunks.map(({ index }) => ({ jobId: job.id, index, claims: 0, trace })));
        await store.markEnqueued(job.id);
      } catch (error) {
        // The job is kept; a worker's sweep finds chunks that were never handed over.
        log.warn({ jobId: job.id, reason: reasonOf(error) }, 'chunks not handed to the queue yet');
      }
      return { job, isNew };
    },
    get: (tenantId, id) => store.get(tenantId, id),
    list: (tenantId, page) => store.list(tenantId, page),
    cancel: (tenantId, id) => store.cancel(tenantId, id),
    results: async function* (job) {
      let place = 0;
      for (const index of await store.finishedChunks(job.id)) {
        const packed = await resultStore.read({ jobId: job.id, index });
        if (!packed) continue;
        const text = await unpackLines(packed);
        if (job.kind === 'predict') {
          yield text;
          continue;
        }
        // A chunk may hold fewer molecules than it was to find, so their places are known only now.
        yield text.replace(/^\{/gm, () => `{"index":${place++},`);
      }
    },
    watch: (tenantId, id, signal) => watchJob(events, id, () => store.get(tenantId, id), signal),
    check: async () => {
      await database.ping();
      await queue.check();
    },
    close: async () => {
      await events.close();
      await queue.close();
    },
  };
}
