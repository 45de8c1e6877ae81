import type {
  GenerateJobInput,
  GenerateStartedJson,
  GenerationStatisticsJson,
  InputReportJson,
  JobKind,
  JobStatus,
  PredictJobInput,
  WebhookDeliveryJson,
  webhookEvents,
} from '@sillage/contracts';
import type { Database, ErrorCode, Keyring, Log, Metrics } from '@sillage/kit';
import type { LiveJobs } from './job-metrics.ts';
import type { SeenProcess } from './processes.ts';
import type { InputRow } from './storage/input-rows.ts';
import type { ObjectStore } from './storage/object-store.ts';
import type { TenantWebhooks } from './webhooks/tenant-webhooks.ts';

export type { GenerateJobInput, JobKind, PredictJobInput };
export type InputReport = InputReportJson;

/**
 * The closed set of states. queued → running → succeeded | failed | cancelled, with paused beside the first two.
 * The last three are final: a job leaves them only by resume or retry. `succeeded` says that every row was worked on: a bad molecule is a row with an error
 * (counted in `failed`), a generation that ran dry says so in `summary.shortfall`. `failed` says that a part of the
 * job could not be worked on at all; the rows finished before it stay readable.
 */
export type JobState = JobStatus;

/** What is kept of the input with the job: a predict job's molecules lie in object storage. */
export type PredictJobSettings = Omit<PredictJobInput, 'smiles'>;
export type GenerateJobSettings = GenerateJobInput & { readonly seed: number };

/** Why a job failed, in the words and with the code the caller may see. */
export interface JobError {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What became known while the job ran. */
export type JobSummary = Partial<Omit<GenerateStartedJson, 'seed'>> & {
  readonly statistics?: GenerationStatisticsJson;
  /** A generate job that found fewer molecules than asked for: how many it found, and why it stopped. */
  readonly shortfall?: { readonly wanted: number; readonly found: number; readonly reason: string };
};

interface JobBase {
  /** A UUID. */
  readonly id: string;
  readonly tenantId: string;
  readonly state: JobState;
  /** Number of its newest event. */
  readonly eventSeq: number;
  /** Rows asked for. */
  readonly total: number;
  /** Rows in finished chunks, `failed` ones among them; never falls. */
  readonly done: number;
  /** Rows that carry an error; falls when such rows are tried again and go well. */
  readonly failed: number;
  /** Rows so far in chunks that are still running; may fall when a chunk is taken up again. */
  readonly inProgress: number;
  readonly error: JobError | undefined;
  readonly summary: JobSummary;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** When the job fails if it has not ended. */
  readonly deadlineAt: Date | undefined;
  /** What was recognised in an uploaded file. */
  readonly inputReport: InputReport | undefined;
  /** When inputs and results were deleted. */
  readonly purgedAt: Date | undefined;
  /** Told when the job has ended. */
  readonly webhookUrl: string | undefined;
}
export interface PredictJob extends JobBase {
  readonly kind: 'predict';
  readonly input: PredictJobSettings;
}
export interface GenerateJob extends JobBase {
  readonly kind: 'generate';
  readonly input: GenerateJobSettings;
}
export type Job = PredictJob | GenerateJob;

export type NewJob = {
  readonly tenantId: string;
  /** The tenant's share of the workers against other tenants, a whole number from 1. */
  readonly weight: number;
  /** The caller's Idempotency-Key; unique per tenant for 24 hours. */
  readonly idempotencyKey?: string | undefined;
  /** Hash of the request: the same key with another one is a `conflict`. Asked for once the rows have been read. */
  readonly bodyHash: () => string;
  /**
   * Asked once the rows are known and before the job is kept; rejects to refuse it. What it returns is called when no
   * job came of it.
   */
  readonly admit?: ((job: { id: string; rows: number }) => Promise<() => Promise<void>>) | undefined;
  /** Seconds from now after which the job fails if it has not ended. */
  readonly deadlineS?: number | undefined;
  /** Told when the job has ended. */
  readonly webhook?: { readonly url: string; readonly secret: string } | undefined;
} & (
  | {
      readonly kind: 'predict';
      readonly input: PredictJobSettings;
      readonly rows: Iterable<InputRow> | AsyncIterable<InputRow>;
      /** What was recognised in the file that the rows come from; asked for once they have been read. */
      readonly inputReport?: (() => InputReport) | undefined;
    }
  | { readonly kind: 'generate'; readonly input: GenerateJobInput }
);

/** A job at one of its events. `seq` is the newest event that it is not older than. */
export interface JobEvent {
  readonly seq: number;
  readonly job: Job;
}

/** What a tenant's webhook can be told of. */
export type WebhookEvent = (typeof webhookEvents)[number];

/** Where a tenant is told of the ends of all its jobs. */
export interface TenantWebhook {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly createdAt: Date;
}

export interface WebhookDeliveryPage {
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly before?: string | undefined;
  readonly state?: WebhookDelivery['state'] | undefined;
  /** Only those of this webhook of the tenant. */
  readonly webhookId?: string | undefined;
}

/** One telling to a webhook. */
export interface WebhookDelivery {
  readonly id: string;
  /** The job it tells of; null: it is a test. */
  readonly jobId: string | null;
  /** The tenant's webhook that it goes to; null: the job's own. */
  readonly webhookId: string | null;
  /** Null where the job's input has been deleted. */
  readonly url: string | null;
  readonly event: WebhookDeliveryJson['event'];
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly createdAt: Date;
  readonly deliveredAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly attempts: readonly {
    readonly at: string;
    readonly status: number | null;
    readonly error: string | null;
    readonly duration_ms: number;
  }[];
}

/** The rows of one finished chunk. */
export interface ResultPart {
  /** Names what is in it for good: another content has another name. */
  readonly name: string;
  readonly rows: number;
  /** Size of the text. */
  readonly bytes: number;
  /** NDJSON, each line ended by a newline. */
  readonly read: () => Promise<string>;
}

/** Results as one file; its bytes never change under one entity tag. */
export interface ResultFile {
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
  /** Undefined while it is being made. */
  readonly bytes: number | undefined;
  /** Its size; waits until it is made. */
  readonly size: () => Promise<number>;
  /** The bytes from `start` up to, not including, `end`, or the end of the file. */
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>;
}

export interface JobPage {
  /** 1-100. */
  readonly limit: number;
  /** Only jobs made before this one (a job id); another tenant's or an unknown id is `not_found`. */
  readonly before?: string | undefined;
  /** Only jobs in this state. */
  readonly state?: JobState | undefined;
}

/** Jobs as the gateway sees them. What belongs to another tenant is `not_found`; Postgres away is `unavailable`. */
export interface JobService {
  /**
   * Keeps the job and hands its chunks to the queue. The current trace context is carried to the workers.
   * A queue that is away does not fail the call: the workers find the chunks by themselves.
   * @throws {AppError} `conflict` when the idempotency key was used with another body.
   */
  create(job: NewJob): Promise<{ job: Job; isNew: boolean }>;
  get(tenantId: string, id: string): Promise<Job>;
  /** Those of the ids that are jobs, whichever tenants have them. */
  getMany(ids: readonly string[]): Promise<readonly Job[]>;
  /** Newest first. */
  list(tenantId: string, page: JobPage): Promise<readonly Job[]>;
  /** Cancels what is not finished; a finished job is returned as it is. */
  cancel(tenantId: string, id: string): Promise<Job>;
  /** Gives out no more of it; what workers have in hand is finished. A job that is paused is returned as it is. */
  pause(tenantId: string, id: string): Promise<Job>;
  /** Goes on with what is paused or was cancelled; a job that is not is returned as it is where it runs. */
  resume(tenantId: string, id: string): Promise<Job>;
  /** Tries again what failed: the failed rows of a job that succeeded, the unfinished parts of one that failed. */
  retry(tenantId: string, id: string): Promise<Job>;
  /** The molecules that a prediction job was given, in row order, a chunk at a time. */
  inputs(job: Job): AsyncIterable<readonly InputRow[]>;
  /**
   * The finished chunks in row order. A predict line is a PredictResultLine of contracts, a generate line a
   * GenerateResultLine (numbered without gaps). Throws `not_found` when they were deleted.
   */
  results(job: Job): Promise<readonly ResultPart[]>;
  /** The results of a job that has ended as a file of another format, made by `encode` where it was not yet. */
  file(request: {
    readonly jobId: string;
    readonly format: string;
    readonly parts: readonly ResultPart[];
    readonly encode: () => AsyncIterable<string | Uint8Array>;
  }): Promise<ResultFile>;
  /**
   * Every event after the one with number `after`; without it the job as it is now, then its events. Ends with the
   * job, or (without an error) when the signal aborts; while Postgres is away it waits.
   */
  watch(tenantId: string, id: string, signal: AbortSignal, after?: number): AsyncIterable<JobEvent>;
  /** What was told to the job's webhook, newest first. */
  deliveries(tenantId: string, id: string): Promise<readonly WebhookDelivery[]>;
  /** The tenant's own webhooks, and the log of every delivery to it. */
  readonly webhooks: TenantWebhooks;
  /** Of every tenant, newest first; for operators. */
  listAll(page: JobPage & { readonly tenantId?: string | undefined }): Promise<readonly Job[]>;
  /** Whichever tenant has it; for operators. */
  getAny(id: string): Promise<Job>;
  /** Removes a job that has ended, with all that belongs to it. Throws conflict where it has not. */
  discard(id: string): Promise<void>;
  /** Every process that reports here how it is. */
  processes(): Promise<readonly SeenProcess[]>;
  /** What waits, by the states of jobs that have not ended. */
  backlog(): Promise<readonly LiveJobs[]>;
  /** Tells it again. */
  redeliver(tenantId: string, deliveryId: string): Promise<WebhookDelivery>;
  /** Removes every job of a tenant with all that belongs to it; how many it was. Twice is the same as once. */
  erase(tenantId: string, signal: AbortSignal): Promise<number>;
  /** Rejects with the reason when Postgres or the queue is away; for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface JobServiceOptions {
  readonly databaseUrl: string;
  /** The service's own pool; it stays the caller's to close. */
  readonly database: Database;
  /** Stays the caller's to close. */
  readonly storage: ObjectStore;
  /** Seals the secrets of webhooks. */
  readonly keyring: Keyring;
  /** Absent: the queue lives in Postgres too. */
  readonly redisUrl?: string | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}
