import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AppError, type Keyring, type SchemasOf, sqlSchema } from '@sillage/kit';
import { candidateChunkMolecules, chunkRanges, generateChunkMolecules } from './chunking.ts';
import { Dispatcher } from './dispatcher.ts';
import { discardJob, eraseJobs } from './erasure.ts';
import { jobInputs } from './inputs.ts';
import { JobControl } from './job-control.ts';
import { JobEvents } from './job-events.ts';
import { changesAfter } from './job-log.ts';
import { jobsByState } from './job-metrics.ts';
import { type JobRecord, JobStore } from './job-store.ts';
import { seenProcesses } from './processes.ts';
import { createJobQueue, queueSchema } from './queue.ts';
import { ResultFiles } from './result-files.ts';
import { resultParts } from './results.ts';
import { jobStates } from './states.ts';
import { InputWriter } from './storage/input-rows.ts';
import { jobKeys, type ObjectStore } from './storage/object-store.ts';
import type { Job, JobService, JobServiceOptions, JobState, NewJob } from './types.ts';
import { watchJob } from './watch.ts';
import { TenantWebhooks } from './webhooks/tenant-webhooks.ts';
import { secretPlace, WebhookStore } from './webhooks/webhook-store.ts';

/** Rows of one prediction job, however they come in. */
export const maxJobRows = 1_000_000;

const migrations = join(import.meta.dirname, '..', 'migrations');

/** The schema `jobs` and, without Redis, the queue's own. */
export const jobSchemas: SchemasOf = ({ databaseUrl, redisUrl }) => [
  sqlSchema({ url: databaseUrl, directory: migrations, schema: 'jobs' }),
  ...(redisUrl === undefined ? [queueSchema(databaseUrl)] : []),
];

/** Jobs as the gateway needs them; its schemas are there. */
export async function openJobService(options: JobServiceOptions): Promise<JobService> {
  const { database, storage, keyring, log, metrics } = options;
  const states = metrics.counter('olfactory_jobs_total');
  for (const state of jobStates) states.inc({ state }, 0);
  const onState = (state: JobState) => states.inc({ state });
  const store = new JobStore(database);
  const control = new JobControl(database, onState);
  const webhooks = new WebhookStore({ database, keyring });
  const queue = await createJobQueue(options);
  const dispatcher = new Dispatcher({ database, queue, log });
  const files = new ResultFiles({ database, storage });
  const events = new JobEvents(options.databaseUrl, log);
  const changed = async (tenantId: string, id: string, change: (job: Job) => Promise<boolean>) => {
    const isChanged = await change(await store.get(tenantId, id));
    if (isChanged) await dispatcher.dispatch();
    return { isChanged, job: await store.get(tenantId, id) };
  };
  return {
    create: async (request) => {
      const made = await create({ store, storage, keyring }, request);
      if (made.isNew) {
        onState('queued');
        // Nobody need wait for it: what is kept is handed over, at the latest by the workers' sweep.
        void dispatcher.dispatch();
      }
      return made;
    },
    get: (tenantId, id) => store.get(tenantId, id),
    getMany: (ids) => store.getMany(ids),
    list: (tenantId, page) => store.list(tenantId, page),
    listAll: (page) => store.list(page.tenantId, page),
    getAny: (id) => store.get(undefined, id),
    discard: async (id) => {
      const job = await store.get(undefined, id);
      if (await discardJob({ database, storage, queue }, job.id)) return;
      throw new AppError('conflict', `a job that is ${job.state} cannot be removed; cancel it first`);
    },
    processes: () => seenProcesses(database),
    backlog: () => jobsByState(database),
    webhooks: new TenantWebhooks({ database, keyring }),
    cancel: async (tenantId, id) => (await changed(tenantId, id, (job) => control.cancel(job))).job,
    pause: async (tenantId, id) => {
      const { job } = await changed(tenantId, id, (found) => control.pause(found));
      if (job.state === 'paused') return job;
      throw new AppError('conflict', `a job that has ${job.state} cannot be paused`);
    },
    resume: async (tenantId, id) => {
      const { isChanged, job } = await changed(tenantId, id, (found) => control.resume(found));
      if (isChanged || job.state === 'queued' || job.state === 'running') return job;
      throw new AppError(
        'conflict',
        `a job that has ${job.state} cannot be resumed${job.state === 'failed' ? '; send retry' : ''}`,
      );
    },
    retry: async (tenantId, id) => {
      const { isChanged, job } = await changed(tenantId, id, (found) => control.retry(found));
      if (isChanged) return job;
      throw new AppError('conflict', `a job that is ${job.state} cannot be retried; only one that has ended`);
    },
    inputs: (job) => jobInputs(database, storage, job),
    results: (job) => resultParts(database, storage, job),
    file: (request) => files.open(request),
    watch: (tenantId, id, signal, after) =>
      watchJob({
        events,
        jobId: id,
        after,
        read: () => store.get(tenantId, id),
        readChanges: (seq) => changesAfter(database, id, seq),
        signal,
      }),
    deliveries: async (tenantId, id) => {
      const job = await store.get(tenantId, id);
      return webhooks.list(tenantId, job.id);
    },
    redeliver: (tenantId, deliveryId) => webhooks.redeliver(tenantId, deliveryId),
    erase: (tenantId, signal) => eraseJobs({ database, storage, queue }, tenantId, signal),
    check: async () => {
      await database.ping();
      await queue.check();
      await storage.check();
    },
    close: async () => {
      files.close();
      await events.close();
      await queue.close();
    },
  };
}

/** Keeps the input, then the job; or finds the job made with the same idempotency key. */
async function create(
  { store, storage, keyring }: { store: JobStore; storage: ObjectStore; keyring: Keyring },
  request: NewJob,
): Promise<{ job: Job; isNew: boolean }> {
  const { tenantId, idempotencyKey, kind } = request;
  const same = async () => {
    const known = idempotencyKey === undefined ? undefined : await store.withKey(tenantId, idempotencyKey);
    if (known && known.bodyHash !== request.bodyHash()) {
      throw new AppError('conflict', 'this Idempotency-Key was used with another request; use a new key');
    }
    return known ? { job: known.job, isNew: false } : undefined;
  };
  const id = randomUUID();
  const { weight, deadlineS, webhook } = request;
  const common = {
    ...{ id, tenantId, weight, kind, idempotencyKey, deadlineS },
    webhook: webhook && { ...webhook, secret: keyring.seal(webhook.secret, secretPlace(id)) },
  };
  if (request.kind === 'generate') {
    const { num_molecules: count, score } = request.input;
    const chunks = chunkRanges(count, score === false ? candidateChunkMolecules : generateChunkMolecules);
    const settings = { ...request.input, seed: request.input.seed ?? randomBytes(4).readUInt32LE() };
    const record = { ...common, settings, chunks, bodyHash: request.bodyHash(), inputReport: undefined };
    return keep(store, record, same, request.admit);
  }
  let isOffered = false;
  const beforeWriting = () => store.beginUpload(id);
  const writer = new InputWriter({ store: storage, jobId: id, maxRows: maxJobRows, beforeWriting });
  try {
    for await (const row of request.rows) await writer.add(row);
    const chunks = await writer.end();
    // Asked for only now: an upload is hashed while it is read.
    const record = { ...common, settings: request.input, chunks, bodyHash: request.bodyHash() };
    const made = await keep(store, { ...record, inputReport: request.inputReport?.() }, same, async (job) => {
      const release = await request.admit?.(job);
      isOffered = true;
      return release;
    });
    if (!made.isNew && writer.isWriting) await discard(store, storage, id);
    return made;
  } catch (error) {
    // Once offered to Postgres the job may be there, whatever we heard of it; the sweep of the workers finds out.
    if (!isOffered && writer.isWriting) await discard(store, storage, id).catch(() => {});
    throw error;
  }
}

async function keep(
  store: JobStore,
  record: JobRecord,
  same: () => Promise<{ job: Job; isNew: boolean } | undefined>,
  admit: ((job: { id: string; rows: number }) => Promise<(() => Promise<void>) | undefined>) | undefined,
): Promise<{ job: Job; isNew: boolean }> {
  const known = await same();
  if (known) return known;
  const rows = record.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const release = await admit?.({ id: record.id, rows });
  const job = await store.insert(record);
  if (job) return { job, isNew: true };
  await release?.();
  const made = await same();
  if (made) return made;
  throw new AppError('conflict', 'the job with this Idempotency-Key has just been removed; try again');
}

async function discard(store: JobStore, storage: ObjectStore, id: string): Promise<void> {
  await storage.removeAll(jobKeys.all(id));
  await store.endUpload(id);
}
