import type {
  GenerateJobInput,
  GenerateStartedJson,
  GenerationStatisticsJson,
  JobKind,
  JobStatus,
  PredictJobInput,
} from '@sillage/contracts';
import type { Database, ErrorCode, Log, Metrics } from '@sillage/kit';

export type { GenerateJobInput, JobKind, PredictJobInput };

/**
 * The closed set of states. queued → running → succeeded | failed | cancelled; queued → cancelled | failed.
 * The last three are final. `succeeded` says that every row was worked on: a bad molecule is a row with an error
 * (counted in `failed`), a generation that ran dry says so in `summary.shortfall`. `failed` says that a part of the
 * job could not be worked on at all; the rows finished before it stay readable.
 */
export type JobState = JobStatus;

/** What is kept of the input with the job: a predict job's molecules live with its chunks. */
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
  /** Rows asked for. */
  readonly total: number;
  /** Rows in finished chunks, `failed` ones among them; never falls. */
  readonly done: number;
  /** Rows that carry an error. */
  readonly failed: number;
  /** Rows so far in chunks that are still running; may fall when a chunk is taken up again. */
  readonly inProgress: number;
  readonly error: JobError | undefined;
  readonly summary: JobSummary;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
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
  /** The caller's Idempotency-Key; unique per tenant. */
  readonly idempotencyKey?: string | undefined;
  /** Hash of the request body: the same key with another body is a `conflict`. */
  readonly bodyHash: string;
} & (
  | { readonly kind: 'predict'; readonly input: PredictJobInput }
  | { readonly kind: 'generate'; readonly input: GenerateJobInput }
);

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
  /** Newest first. */
  list(tenantId: string, page: JobPage): Promise<readonly Job[]>;
  /** Cancels what is not finished; a finished job is returned as it is. */
  cancel(tenantId: string, id: string): Promise<Job>;
  /**
   * The rows of the finished chunks, in row order: one NDJSON text (lines, each ended by a newline) per chunk.
   * A predict line is a PredictResultLine of contracts, a generate line a GenerateResultLine (numbered without gaps).
   */
  results(job: Job): AsyncIterable<string>;
  /**
   * The job now, then again after each change, ending with its final state. Changes in quick succession come as one.
   * Ends (without an error) when the signal aborts; while Postgres is away it waits.
   */
  watch(tenantId: string, id: string, signal: AbortSignal): AsyncIterable<Job>;
  /** Rejects with the reason when Postgres or the queue is away; for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface JobServiceOptions {
  readonly databaseUrl: string;
  /** The service's own pool; it stays the caller's to close. */
  readonly database: Database;
  /** Absent: the queue lives in Postgres too. */
  readonly redisUrl?: string | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}
