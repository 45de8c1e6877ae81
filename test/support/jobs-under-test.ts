import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Job,
  type JobService,
  jobSchemas,
  type NewJob,
  type ObjectStore,
  openJobService,
  openStorage,
} from '@sillage/jobs';
import { createLog, Database, Keyring, Metrics } from '@sillage/kit';
import { testEncryptionKey } from './auth.ts';
import { makeTestFolder, startTestPostgres, type TestPostgres } from './postgres.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { type ScriptedInference, startScriptedInference, usualScript } from './scripted-inference.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** A worker that dies is noticed sooner than in a fleet, whose event loops may pause for longer. */
export const leaseMs = 3000;

export type Backend = 'postgres' | 'redis';
export type TestJob =
  | { readonly kind: 'predict'; readonly smiles: readonly string[] }
  | { readonly kind: 'generate'; readonly count: number; readonly seed?: number };
export type TestJobOptions = Partial<Pick<NewJob, 'tenantId' | 'weight' | 'idempotencyKey' | 'deadlineS'>>;

/** The jobs of a gateway, on a real Postgres and, for that backend, Redis, with an inference that a script drives. */
export class JobsUnderTest {
  readonly postgres: TestPostgres;
  readonly redis: TestRedis | undefined;
  readonly inference: ScriptedInference;
  readonly database: Database;
  readonly jobs: JobService;
  readonly storage: ObjectStore;
  readonly #folder: string;
  readonly #storageEnv: Readonly<Record<string, string>>;
  readonly #workers: WorkerProcess[] = [];
  #tenantId = randomUUID();

  private constructor(parts: Parts) {
    this.postgres = parts.postgres;
    this.redis = parts.redis;
    this.inference = parts.inference;
    this.database = parts.database;
    this.jobs = parts.jobs;
    this.storage = parts.storage;
    this.#folder = parts.folder;
    this.#storageEnv = parts.storageEnv;
  }

  /** Inputs and results lie in a folder unless another storage is given, with the variables that lead a worker to it. */
  static async start(
    backend: Backend,
    other?: { readonly storage: ObjectStore; readonly env: Readonly<Record<string, string>> },
  ): Promise<JobsUnderTest> {
    const [postgres, redis, inference] = await Promise.all([
      startTestPostgres(),
      backend === 'redis' ? startTestRedis() : undefined,
      startScriptedInference(),
    ]);
    const { log } = await createLog({ service: 'jobs-test', level: 'silent' });
    const store = { databaseUrl: postgres.url, redisUrl: redis?.url, log };
    for (const schema of jobSchemas(store)) await schema.migrate(log);
    const database = new Database({ url: postgres.url, poolSize: 3, applicationName: 'jobs-test', log });
    const folder = makeTestFolder();
    const inFolder = { RESULTS_DIR: folder, RESULTS_S3_PREFIX: '', RESULTS_S3_REGION: '' };
    const storage = other?.storage ?? (await openStorage(inFolder));
    const storageEnv = other?.env ?? { RESULTS_DIR: folder };
    const keyring = new Keyring([Buffer.from(testEncryptionKey, 'hex')]);
    const metrics = new Metrics('jobs-test');
    const jobs = await openJobService({ ...store, database, storage, keyring, metrics });
    return new JobsUnderTest({ postgres, redis, inference, database, jobs, storage, storageEnv, folder });
  }

  /** After each test: its workers end, and the next test has another tenant. */
  async tidy(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.kill()));
    Object.assign(this.inference.script, usualScript);
    this.#tenantId = randomUUID();
  }

  async stop(): Promise<void> {
    await this.tidy();
    await this.jobs.close();
    this.storage.close();
    await this.database.close();
    await this.inference.stop();
    await this.redis?.stop();
    await this.postgres.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get tenantId(): string {
    return this.#tenantId;
  }

  async startWorker(further: Readonly<Record<string, string>> = {}): Promise<WorkerProcess> {
    const worker = await startWorkerProcess({
      DATABASE_URL: this.postgres.url,
      INFERENCE_TARGET: this.inference.target,
      ...this.#storageEnv,
      ENCRYPTION_KEY: testEncryptionKey,
      JOB_LEASE_MS: String(leaseMs),
      ...(this.redis ? { REDIS_URL: this.redis.url } : {}),
      ...further,
    });
    this.#workers.push(worker);
    return worker;
  }

  create(job: TestJob, options: TestJobOptions = {}): Promise<{ job: Job; isNew: boolean }> {
    const bodyHash = () => createHash('sha256').update(JSON.stringify(job)).digest('hex');
    const common = { tenantId: this.#tenantId, weight: 1, bodyHash, ...options };
    if (job.kind === 'predict') {
      const rows = job.smiles.map((smiles) => ({ smiles }));
      return this.jobs.create({ ...common, kind: 'predict', input: { top_k: 5 }, rows });
    }
    const input = { description: 'vanilla', num_molecules: job.count, seed: job.seed };
    return this.jobs.create({ ...common, kind: 'generate', input });
  }

  /** Resolves when all of the job's chunks are in the queue. */
  async handed(job: Job): Promise<void> {
    for (;;) {
      const waiting = await this.database.query(
        'select 1 from jobs.job_chunks where job_id = $1 and enqueued_at is null',
        [job.id],
      );
      if (waiting.length === 0) return;
      await delay(20);
    }
  }

  /** Follows the job until `isEnough` or its end. */
  async follow(job: Job, isEnough: (job: Job) => boolean = () => false): Promise<Job[]> {
    const seen: Job[] = [];
    for await (const event of this.jobs.watch(job.tenantId, job.id, AbortSignal.timeout(50_000))) {
      seen.push(event.job);
      if (isEnough(event.job)) break;
    }
    return seen;
  }

  async end(job: Job): Promise<Job> {
    return (await this.follow(job)).at(-1) ?? job;
  }

  async lines(job: Job): Promise<Record<string, unknown>[]> {
    let text = '';
    for (const part of await this.jobs.results(job)) text += await part.read();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

interface Parts {
  readonly postgres: TestPostgres;
  readonly redis: TestRedis | undefined;
  readonly inference: ScriptedInference;
  readonly database: Database;
  readonly jobs: JobService;
  readonly storage: ObjectStore;
  readonly storageEnv: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** Molecules that differ, C0, C1 and so on: what the scripted inference takes. */
export function molecules(count: number): string[] {
  return Array.from({ length: count }, (_, row) => `C${row}`);
}
