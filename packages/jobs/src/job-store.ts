import { AppError, type Database, Grouped, injectTrace, invalidField, type Statement } from '@sillage/kit';
import { type JobRow, jobColumns, toJob } from './rows.ts';
import type { ChunkInput } from './storage/input-rows.ts';
import { idempotencyHours } from './timing.ts';
import type { InputReport, Job, JobKind, JobPage } from './types.ts';
import { isUuid } from './webhooks/webhook-store.ts';

/** Enough that a commit costs each job little; few enough that none waits long for the others. */
const jobsOfOneStatement = 64;

/** A chunk to be kept with its job. */
export interface NewChunk {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly input?: ChunkInput;
}

/** A job with all that is known of it before it runs. */
export interface JobRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly weight: number;
  readonly kind: JobKind;
  readonly settings: object;
  readonly chunks: readonly NewChunk[];
  readonly idempotencyKey: string | undefined;
  readonly bodyHash: string;
  readonly deadlineS: number | undefined;
  readonly inputReport: InputReport | undefined;
  /** The secret is sealed. */
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
}

/** $1 jobs, $2 their chunks. Returns the jobs that were not there. */
const insertJobs: Statement = {
  name: 'jobs.insert-jobs',
  text: `with made as (
  insert into jobs.jobs as j (id, tenant_id, kind, input, total, open_chunks, idempotency_key, body_hash, trace,
    weight, deadline_at, input_report, webhook_url, webhook_secret, event_seq)
  select r.id, r.tenant, r.kind, r.settings, r.total, r.chunks, r.key, r.hash, r.trace, r.weight,
    now() + r.deadline_s * interval '1 s', r.report, r.url, r.secret, 1
  from jsonb_to_recordset($1) as r (id uuid, tenant text, kind text, settings jsonb, total integer,
    chunks integer, key text, hash text, trace jsonb, weight integer, deadline_s double precision, report jsonb,
    url text, secret text)
  on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing
  returning ${jobColumns}
), chunks as (
  insert into jobs.job_chunks (job_id, chunk_index, first_row, row_count, input_segment, input_offset,
    input_length, input_text, retry_at, tenant_id, made_at)
  select j.id, c.index, c.first_row, c.row_count, c.segment, c.start, c.length, c.text,
    case when c.text is not null then timestamptz 'infinity' end, j.tenant_id, j.created_at
  from jsonb_to_recordset($2) as c (job uuid, index integer, first_row integer, row_count integer,
    segment integer, start bigint, length integer, text text) join made j on j.id = c.job
), events as (
  insert into jobs.job_events (job_id, seq, state, done, failed)
  select j.id, j.event_seq, j.state, j.done, j.failed from made j
), uploads as (
  delete from jobs.uploads u using made j where u.job_id = j.id
)
select * from made`,
};

/** Jobs as rows: kept, found, listed. */
export class JobStore {
  readonly #database: Database;
  readonly #inserting = new Grouped<NewRow, Job | undefined>({
    most: jobsOfOneStatement,
    run: (records) => this.#insertAll(records),
  });

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keeps the job with its chunks; undefined when there is one made with the same idempotency key. Jobs that come
   * together are kept by one statement and one commit.
   */
  async insert(record: JobRecord): Promise<Job | undefined> {
    const row = jobRecord(record);
    const made = await this.#inserting.add(row);
    if (made || record.idempotencyKey === undefined) return made;
    const isFree = await this.#forgetOldKey(record.tenantId, record.idempotencyKey);
    return isFree ? this.#inserting.add(row) : undefined;
  }

  /** Nobody can watch a job before it is there, so nobody is told of its first event. */
  async #insertAll(records: readonly NewRow[]): Promise<(Job | undefined)[]> {
    const rows = await this.#database.query<JobRow>(insertJobs, [
      // In one order everywhere, so that two gateways with the same keys wait for each other in turn.
      JSON.stringify(records.map(({ job }) => job).toSorted((a, b) => compare(orderOf(a), orderOf(b)))),
      JSON.stringify(records.flatMap(({ chunks }) => chunks)),
    ]);
    const made = new Map(rows.map((row) => [row.id, toJob(row)]));
    return records.map(({ job }) => made.get(job.id));
  }

  /** A key older than a day may be used again; the job it made stays. Whether there was one. */
  async #forgetOldKey(tenantId: string, key: string): Promise<boolean> {
    const forgotten = await this.#database.query(
      `update jobs.jobs set idempotency_key = null
       where tenant_id = $1 and idempotency_key = $2
         and created_at <= now() - interval '${idempotencyHours} hours' returning id`,
      [tenantId, key],
    );
    return forgotten.length > 0;
  }

  /** Notes that objects of a job to come are being written. */
  async beginUpload(jobId: string): Promise<void> {
    await this.#database.query('insert into jobs.uploads (job_id) values ($1)', [jobId]);
  }

  async endUpload(jobId: string): Promise<void> {
    await this.#database.query('delete from jobs.uploads where job_id = $1', [jobId]);
  }

  /** The job made with this key in the last 24 hours, and the hash of what was asked for then. */
  async withKey(tenantId: string, key: string): Promise<{ job: Job; bodyHash: string } | undefined> {
    const [row] = await this.#database.query<JobRow & { body_hash: string }>(
      `select ${jobColumns}, j.body_hash from jobs.jobs j
       where j.tenant_id = $1 and j.idempotency_key = $2
         and j.created_at > now() - interval '${idempotencyHours} hours'`,
      [tenantId, key],
    );
    return row ? { job: toJob(row), bodyHash: row.body_hash } : undefined;
  }

  /** Without a tenant: whichever has it. */
  async get(tenantId: string | undefined, id: string): Promise<Job> {
    const [row] = isUuid(id)
      ? await this.#database.query<JobRow>(
          `select ${jobColumns} from jobs.jobs j where j.id = $1 and ($2::text is null or j.tenant_id = $2)`,
          [id, tenantId ?? null],
        )
      : [];
    if (!row) throw new AppError('not_found', 'there is no job with this id');
    return toJob(row);
  }

  async getMany(ids: readonly string[]): Promise<readonly Job[]> {
    const rows = await this.#database.query<JobRow>(
      `select ${jobColumns} from jobs.jobs j where j.id = any($1)`,
      [ids.filter(isUuid)],
    );
    return rows.map(toJob);
  }

  /** Newest first; without a tenant those of all. */
  async list(tenantId: string | undefined, page: JobPage): Promise<readonly Job[]> {
    const start = page.before === undefined ? undefined : await this.#startOf(tenantId, page.before);
    const rows = await this.#database.query<JobRow>(
      `select ${jobColumns} from jobs.jobs j
       where ($1::text is null or j.tenant_id = $1) and ($3::text is null or j.state = $3)
         and ($4::uuid is null or (j.created_at, j.id) < (select b.created_at, b.id from jobs.jobs b where b.id = $4))
       order by j.created_at desc, j.id desc limit $2`,
      [tenantId ?? null, page.limit, page.state ?? null, start?.id ?? null],
    );
    return rows.map(toJob);
  }

  async #startOf(tenantId: string | undefined, id: string): Promise<Job> {
    try {
      return await this.get(tenantId, id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      throw invalidField('/before', 'before must be the id of a job, as `next` of a page gives it');
    }
  }
}

/** A job and its chunks as the statement takes them. */
interface NewRow {
  readonly job: { readonly id: string; readonly tenant: string; readonly key: string | undefined };
  readonly chunks: readonly object[];
}

/** In the context of the request that makes the job, whose trace goes along. */
function jobRecord(record: JobRecord): NewRow {
  const { id, chunks } = record;
  const job = {
    id,
    tenant: record.tenantId,
    kind: record.kind,
    settings: record.settings,
    total: chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
    chunks: chunks.length,
    key: record.idempotencyKey,
    hash: record.bodyHash,
    trace: injectTrace(),
    weight: record.weight,
    deadline_s: record.deadlineS,
    report: record.inputReport,
    url: record.webhook?.url,
    secret: record.webhook?.secret,
  };
  return { job, chunks: chunks.map((chunk) => chunkRecord(id, chunk)) };
}

function chunkRecord(job: string, { index, firstRow, rowCount, input }: NewChunk): object {
  const chunk = { job, index, first_row: firstRow, row_count: rowCount };
  if (input === undefined) return chunk;
  if (typeof input === 'string') return { ...chunk, text: input, segment: inlineSegment };
  return { ...chunk, segment: input.segment, start: input.offset, length: input.length };
}

/** No object has this number: a worker of the version before that takes such a chunk in spite of all finds nothing. */
const inlineSegment = -1;

function orderOf({ tenant, key = '' }: NewRow['job']): string {
  return `${tenant} ${key}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
