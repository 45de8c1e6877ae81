import { setTimeout as delay } from 'node:timers/promises';
import { jobChunksQueue } from '@sillage/contracts';
import {
  ChunkStore,
  createJobQueue,
  createJobWorker,
  Dispatcher,
  JobControl,
  JobEvents,
  type JobState,
  migrateJobs,
  openStorage,
  storageVariables,
} from '@sillage/jobs';
import {
  databaseVariables,
  env,
  openDatabase,
  redisVariables,
  retryWhileAway,
  type ServiceDefinition,
} from '@sillage/kit';
import { z } from 'zod';
import { ChunkRunner } from './chunk-runner.ts';
import { InferenceClient } from './clients/inference.ts';
import { generateChunk } from './domain/generate-chunk.ts';
import { predictChunk } from './domain/predict-chunk.ts';
import { Sweeper } from './sweeper.ts';

const config = z.object({
  /** The pool's connections come beside the few of the queue. */
  ...databaseVariables,
  /** Where the queue lives; absent: in Postgres too. */
  ...redisVariables,
  /** Where inputs and results of jobs lie. */
  ...storageVariables,
  /** host:port of inference. */
  INFERENCE_TARGET: env.text('host:port of the inference service'),
  /** Chunks worked on at the same time; two keep inference busy while one is being written. */
  MAX_WORKERS: env.integer(1, 64).default(2),
});

/** The part of the shutdown that waits for chunks in hand; the rest is for giving them back and closing. */
const finishShare = 0.5;
/** With nothing in hand the consumer closes at once, unless its store is away; then it is not waited for. */
const consumerCloseMs = 3000;

/** Works on the chunks of batch jobs, as many worker processes as there are. */
export const service: ServiceDefinition<typeof config> = {
  name: 'worker',
  config,
  start: async (context) => {
    const { config, log, metrics, health, defer } = context;
    const databaseUrl = config.DATABASE_URL.reveal();
    const store = { databaseUrl, redisUrl: config.REDIS_URL?.reveal(), log };
    await retryWhileAway(context, 'postgres', () => migrateJobs(store));

    const database = openDatabase(context, 'worker');
    const storage = await openStorage(config);
    defer('storage', async () => storage.close());
    health.addCheck('storage', () => storage.check());
    const inference = new InferenceClient(config.INFERENCE_TARGET);
    defer('inference client', () => inference.close());
    const queue = await createJobQueue(store);
    defer('job queue', () => queue.close());
    const events = new JobEvents(databaseUrl, log);
    defer('job events', () => events.close());

    const states = metrics.counter('olfactory_jobs_total');
    const depth = metrics.gauge('olfactory_queue_depth');
    const onState = (state: JobState) => states.inc({ state });
    const chunks = new ChunkStore({ database, storage, onState });
    const dispatcher = new Dispatcher({ database, queue, log });
    const runner = new ChunkRunner({
      store: chunks,
      queue,
      dispatcher,
      events,
      handlers: { predict: predictChunk(inference), generate: generateChunk(inference) },
      log,
      random: Math.random,
    });
    const sweeper = new Sweeper({
      store: chunks,
      queue,
      dispatcher,
      control: new JobControl(database, onState),
      log,
      onDepth: (count) => depth.set({ queue: jobChunksQueue }, count),
    });
    defer('sweeper', () => sweeper.close());
    const worker = await createJobWorker(store, {
      concurrency: config.MAX_WORKERS,
      work: (payload) => runner.run(payload),
    });
    defer('chunks in hand', async (remainingMs) => {
      const giveBack = setTimeout(() => runner.stop(), remainingMs * finishShare);
      const nothingLeft = runner.whenIdle().then(() => delay(consumerCloseMs, undefined, { ref: false }));
      await Promise.race([worker.close(), nothingLeft]);
      clearTimeout(giveBack);
    });

    health.addCheck('queue', () => queue.check());
    health.addCheck('inference', () => inference.check());
    return {};
  },
};
