import { type JobChunkPayload, jobChunkPayloadSchema, jobChunksQueue } from '@sillage/contracts';
import {
  AppError,
  databaseError,
  type Log,
  MigrationError,
  type Schema,
  type TraceCarrier,
  unavailable,
  withClient,
  withMigrationLock,
} from '@sillage/kit';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  LATEST_SCHEMA_VERSION,
  Queue,
  runMigrations,
  SchemaMigrationRequiredError,
  Worker,
} from 'bullmq';
import { leaseMs, sweepIntervalMs } from './timing.ts';

/** Where the queue lives: Redis when its URL is given, Postgres when not. */
export interface QueueStore {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  readonly log: Log;
}

/** One delivery of a chunk. */
export interface Delivery {
  readonly jobId: string;
  readonly index: number;
  /** Times the chunk was claimed so far. */
  readonly claims: number;
  readonly trace: TraceCarrier;
  readonly delayMs?: number;
}

export interface JobQueue {
  /** Hands chunks to the queue; what is already waiting there is not added again. Rejects with `unavailable`. */
  enqueue(deliveries: readonly Delivery[]): Promise<void>;
  /** Takes chunks out of the queue that nobody has in hand; what is not there is left. Rejects with `unavailable`. */
  forget(deliveries: readonly Pick<Delivery, 'jobId' | 'index' | 'claims'>[]): Promise<void>;
  /** Rejects with `unavailable` when the queue cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface JobWorker {
  /** Takes no more chunks and resolves when those in hand are done; what `abort` is called with ends them early. */
  close(): Promise<void>;
}

const schema = 'bullmq';
/** A queue that does not answer within this is away: the sweep hands the chunks over later. */
const enqueueTimeoutMs = 2000;
/** Deliveries added in one round trip. */
const bulkSize = 100;
/** Redis is asked again so soon after it was away; the library's own 15 s would be felt. */
const retryDelayMs = 1000;

/** As good as never: how often a chunk's worker may vanish is counted in our rows. The SQL type is int4. */
const stallLimit = 1_000_000;

/** The queue's own tables, where it lives in Postgres; their migrations come with the library, by number. */
export function queueSchema(databaseUrl: string): Schema {
  const lacking = async (client: Parameters<typeof assertSchemaCompatibility>[0]) => {
    const have = await assertSchemaCompatibility(client, schema).catch((error: unknown) => {
      if (error instanceof SchemaMigrationRequiredError) return 0;
      throw error;
    });
    const count = Math.max(0, LATEST_SCHEMA_VERSION - have);
    return Array.from({ length: count }, (_, index) => String(have + index + 1));
  };
  return {
    name: schema,
    missing: () => withClient(databaseUrl, lacking),
    migrate: (log) =>
      withMigrationLock(databaseUrl, async (client) => {
        try {
          const applied = await lacking(client);
          await runMigrations(client, schema);
          if (applied.length > 0) log.info({ schema, applied }, 'migrations applied');
          return applied;
        } catch (error) {
          throw databaseError(error) instanceof AppError
            ? error
            : new MigrationError(schema, undefined, error);
        }
      }),
  };
}

/** The producing half, for gateway and workers. */
export async function createJobQueue(store: QueueStore): Promise<JobQueue> {
  const { queue, closeConnection } = await openQueue(store);
  queue.on('error', (error: Error) => store.log.debug({ reason: error.message }, 'job queue'));
  return {
    enqueue: async (deliveries) => {
      for (let start = 0; start < deliveries.length; start += bulkSize) {
        const entries = deliveries.slice(start, start + bulkSize).map(toEntry);
        await answersInTime(() => queue.addBulk(entries));
      }
    },
    forget: async (deliveries) => {
      for (const delivery of deliveries) await answersInTime(() => queue.remove(deliveryId(delivery)));
    },
    check: async () => {
      await answersInTime(() => queue.getJobCountByTypes('active'));
    },
    close: async () => {
      await queue.close();
      await closeConnection();
    },
  };
}

async function openQueue(store: QueueStore): Promise<{
  queue: Queue<JobChunkPayload>;
  closeConnection: () => Promise<void>;
}> {
  if (store.redisUrl !== undefined) {
    const { connectRedis } = await import('@sillage/kit/redis');
    const connection = connectRedis(store.redisUrl, 'fail-fast', store.log);
    const queue = new Queue(jobChunksQueue, {
      connection,
      // Nobody reads the event stream; jobs_events of Postgres tells about progress.
      streams: { events: { maxLen: 100 } },
    });
    return { queue, closeConnection: async () => connection.disconnect() };
  }
  const queue = new Queue(
    jobChunksQueue,
    { connection: postgresConnection(store.databaseUrl, 1) },
    createPostgresBackend,
  );
  // The pool is the backend's own and is closed with it; the types do not tell the two backends apart.
  return { queue: queue as unknown as Queue<JobChunkPayload>, closeConnection: async () => {} };
}

/**
 * The consuming half. `work` may be called twice with the same chunk, also at the same time from two processes, and
 * must stand it. What it throws is logged and forgotten here: the chunk's row says what happens next.
 */
export async function createJobWorker(
  store: QueueStore,
  options: {
    readonly concurrency: number;
    readonly leaseMs?: number;
    readonly work: (payload: JobChunkPayload) => Promise<void>;
  },
): Promise<JobWorker> {
  const settings = {
    concurrency: options.concurrency,
    runRetryDelay: retryDelayMs,
    // A worker may die with a delivery it has not claimed yet; then only the queue knows, and a delivery that the
    // sweep adds again is taken for the lost one. A false alarm is a second delivery, which finds the chunk claimed.
    lockDuration: options.leaseMs ?? leaseMs,
    stalledInterval: sweepIntervalMs,
    maxStalledCount: stallLimit,
    // Retries, stalls and the dead are our rows' affair; nothing of a delivery is kept once it is over.
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  };
  const process = async (job: { data: unknown }) => options.work(jobChunkPayloadSchema.parse(job.data));
  const redis =
    store.redisUrl === undefined
      ? undefined
      : (await import('@sillage/kit/redis')).connectRedis(store.redisUrl, 'wait', store.log);
  const worker = redis
    ? new Worker(jobChunksQueue, process, { ...settings, connection: redis })
    : new Worker(
        jobChunksQueue,
        process,
        { ...settings, connection: postgresConnection(store.databaseUrl, 2) },
        createPostgresBackend,
      );
  const breather = breatheOnErrors(worker, store.log);
  worker.on('failed', (job: { data: unknown } | undefined, error: Error) =>
    store.log.warn({ chunk: job?.data, reason: error.message }, 'delivery failed'),
  );
  return {
    close: async () => {
      breather.stop();
      await worker.close();
      redis?.disconnect();
    },
  };
}

/** While its store is away a worker would try again at once and without end; it pauses for a second instead. */
function breatheOnErrors(
  worker: {
    on(event: 'error', listener: (error: Error) => void): unknown;
    pause(now: boolean): Promise<void>;
    resume(): Promise<void>;
  },
  log: Log,
): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  worker.on('error', (error) => {
    log.debug({ reason: error.message }, 'job worker');
    if (timer || isStopped) return;
    void worker.pause(true).catch(() => {});
    timer = setTimeout(() => {
      timer = undefined;
      if (!isStopped) void worker.resume().catch(() => {});
    }, retryDelayMs);
  });
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * The same until the chunk is claimed, so that handing it over twice is one delivery; another after that, so that a
 * delivery whose worker died does not block the next.
 */
function deliveryId({ jobId, index, claims }: Pick<Delivery, 'jobId' | 'index' | 'claims'>): string {
  return `${jobId}-${index}-${claims}`;
}

function toEntry(delivery: Delivery): {
  name: string;
  data: JobChunkPayload;
  opts: { jobId: string; priority: number; delay?: number; removeOnComplete: true; removeOnFail: true };
} {
  const { jobId, index, trace, delayMs } = delivery;
  return {
    name: 'chunk',
    data: { jobId, chunkIndex: index, trace },
    opts: {
      jobId: deliveryId(delivery),
      // Early chunks first: a small job does not wait behind all of a large one.
      priority: index + 1,
      ...(delayMs === undefined ? {} : { delay: Math.ceil(delayMs) }),
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}

function postgresConnection(connectionString: string, max: number) {
  return {
    connectionString,
    schema,
    max,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    application_name: `queue ${jobChunksQueue}`,
  };
}

async function answersInTime(work: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('the job queue')), enqueueTimeoutMs);
  });
  try {
    await Promise.race([work(), late]);
  } catch (error) {
    throw unavailable('the job queue', error);
  } finally {
    clearTimeout(timer);
  }
}
