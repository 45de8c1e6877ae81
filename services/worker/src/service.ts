import { setTimeout as delay } from 'node:timers/promises';
import { poolTargets } from '@sillage/inference-client';
import {
  AddressPolicy,
  ChunkStore,
  createJobQueue,
  createJobWorker,
  Dispatcher,
  JobControl,
  JobEvents,
  type JobState,
  jobSchemas,
  jobStates,
  openStorage,
  Retention,
  showProcess,
  storageVariables,
  leaseMs as usualLeaseMs,
  WebhookStore,
  webhookVariables,
} from '@sillage/jobs';
import {
  databaseVariables,
  encryptionVariables,
  env,
  Keyring,
  openDatabase,
  redisVariables,
  reportSelf,
  type ServiceDefinition,
  showVolumes,
} from '@sillage/kit';
import { z } from 'zod';
import { ChunkRunner, chunkOutcomes } from './chunk-runner.ts';
import { InferenceClient } from './clients/inference.ts';
import { WebhookSender } from './clients/webhook-sender.ts';
import { generateChunk } from './domain/generate-chunk.ts';
import { predictChunk } from './domain/predict-chunk.ts';
import { Sweeper } from './sweeper.ts';
import { Webhooks } from './webhooks.ts';

/** Told to receivers of webhooks. */
const version = '1';

const config = z.object({
  /** The pool's connections come beside the few of the queue. */
  ...databaseVariables,
  /** Where the queue lives; absent: in Postgres too. */
  ...redisVariables,
  /** Where inputs and results of jobs lie. */
  ...storageVariables,
  ...encryptionVariables,
  ...webhookVariables,
  /** Days from the end of a job after which its input and results are deleted. */
  RESULT_RETENTION_DAYS: env.integer(1, 3650).default(30),
  /** Days from there after which the job itself is forgotten: its kind, times and counts. */
  JOB_RETENTION_DAYS: env.integer(1, 3650).default(365),
  /** One pool of inference, or several by commas: host:port=weight. */
  INFERENCE_TARGET: poolTargets('inference'),
  /** Chunks worked on at the same time; two keep inference busy while one is being written. */
  MAX_WORKERS: env.integer(1, 64).default(2),
  /** How soon a chunk of a worker that died is taken up again; over the longest pause of an event loop, milliseconds. */
  JOB_LEASE_MS: env.integer(1000, 600_000).default(usualLeaseMs),
});

/** The part of the shutdown that waits for chunks in hand; the rest is for giving them back and closing. */
const finishShare = 0.5;
/** With nothing in hand the consumer closes at once, unless its store is away; then it is not waited for. */
const consumerCloseMs = 3000;

/** Works on the chunks of batch jobs, as many worker processes as there are. */
export const service: ServiceDefinition<typeof config> = {
  name: 'worker',
  config,
  schemas: jobSchemas,
  start: async (context) => {
    const { config, log, metrics, health, defer } = context;
    const databaseUrl = config.DATABASE_URL.reveal();
    const store = { databaseUrl, redisUrl: config.REDIS_URL?.reveal(), log };

    const database = openDatabase(context, 'worker');
    const storage = await openStorage(config);
    defer('storage', async () => storage.close());
    defer('look at volumes', showVolumes({ results: config.RESULTS_DIR }, metrics, log));
    health.addCheck('storage', () => storage.check());
    const inference = new InferenceClient({ targets: config.INFERENCE_TARGET, log, metrics });
    defer('inference client', () => inference.close());
    const queue = await createJobQueue(store);
    defer('job queue', () => queue.close());
    const events = new JobEvents(databaseUrl, log);
    defer('job events', () => events.close());

    const states = metrics.counter('olfactory_jobs_total');
    for (const state of jobStates) states.inc({ state }, 0);
    const onState = (state: JobState) => states.inc({ state });
    const leaseMs = config.JOB_LEASE_MS;
    const chunks = new ChunkStore({ database, storage, onState, leaseMs });
    const dispatcher = new Dispatcher({ database, queue, log });
    const outcomes = metrics.counter('olfactory_chunks_total');
    for (const outcome of chunkOutcomes) outcomes.inc({ outcome }, 0);
    const attempts = metrics.counter('olfactory_webhook_attempts_total');
    for (const outcome of ['delivered', 'failed']) attempts.inc({ outcome }, 0);
    const runner = new ChunkRunner({
      store: chunks,
      queue,
      dispatcher,
      events,
      handlers: { predict: predictChunk(inference), generate: generateChunk(inference) },
      log,
      leaseMs,
      random: Math.random,
      onOutcome: (outcome) => outcomes.inc({ outcome }),
    });
    metrics.gauge('olfactory_capacity_limit').set({ resource: 'chunks' }, config.MAX_WORKERS);
    metrics.gauge('olfactory_capacity_used', (gauge) => gauge.set({ resource: 'chunks' }, runner.inHand));
    const webhooks = new Webhooks({
      store: new WebhookStore({ database, keyring: Keyring.fromConfig(config) }),
      sender: new WebhookSender({ policy: new AddressPolicy(config.WEBHOOK_ALLOWED_NETWORKS), version }),
      log,
      random: Math.random,
      onAttempt: (isDelivered) => attempts.inc({ outcome: isDelivered ? 'delivered' : 'failed' }),
    });
    defer('webhooks', () => webhooks.close());
    const sweeper = new Sweeper({
      queue,
      dispatcher,
      control: new JobControl(database, onState),
      retention: new Retention({
        ...{ database, storage },
        days: config.RESULT_RETENTION_DAYS,
        recordDays: config.JOB_RETENTION_DAYS,
      }),
      webhooks,
      log,
    });
    defer('sweeper', () => sweeper.close());
    const worker = await createJobWorker(store, {
      concurrency: config.MAX_WORKERS,
      leaseMs,
      work: (payload) => runner.run(payload),
    });
    defer('chunks in hand', async (remainingMs) => {
      const giveBack = setTimeout(() => runner.stop(), remainingMs * finishShare);
      const nothingLeft = runner.whenIdle().then(() => delay(consumerCloseMs, undefined, { ref: false }));
      await Promise.race([worker.close(), nothingLeft]);
      clearTimeout(giveBack);
    });

    defer(
      'report',
      showProcess(database, () => reportSelf('worker', context), log),
    );
    health.addCheck('queue', () => queue.check());
    health.addCheck('inference', () => inference.check());
    return {};
  },
};
