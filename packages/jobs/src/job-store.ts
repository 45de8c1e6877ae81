import { AppError, type Database, injectTrace, invalidField, type Queryable } from '@sillage/kit';
import { recordChange } from './job-log.ts';
import { type JobRow, jobColumns, toJob } from './rows.ts';
import type { InputPlace } from './storage/input-rows.ts';
import { idempotencyHours } from './timing.ts';
import type { InputReport, Job, JobKind, JobPage } from './types.ts';
import { isUuid } from './webhooks/webhook-store.ts';

/** A chunk to be kept with its job. */
export interface NewChunk {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly place?: InputPlace;
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

/** Jobs as rows: kept, found, listed. */
export class JobStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps the job with its chunks; false when there is one made with the same idempotency key. */
  async insert(record: JobRecord): Promise<boolean> {
    return this.#database.transaction(async (connection) => {
      await forgetOldKey(connection, record.tenantId, record.idempotencyKey);
      const inserted = await connection.query(
        `insert into jobs.jobs (id, tenant_id, kind, input, total, open_chunks, idempotency_key, body_hash, trace,
           weight, deadline_at, input_report, webhook_url, webhook_secret)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + $11 * interval '1 s', $12, $13, $14)
         on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing returning id`,
        [
          record.id,
          record.tenantId,
          record.kind,
          JSON.stringify(record.settings),
          record.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0),
          record.chunks.length,
          record.idempotencyKey ?? null,
          record.bodyHash,
          JSON.stringify(injectTrace()),
          record.weight,
          record.deadlineS ?? null,
          record.inputReport ? JSON.stringify(record.inputReport) : null,
          record.webhook?.url ?? null,
          record.webhook?.secret ?? null,
        ],
      );
      if (inserted.length === 0) return false;
      await connection.query(
        `insert into jobs.job_chunks
           (job_id, chunk_index, first_row, row_count, input_segment, input_offset, input_length)
         select $1, c.index, c.first_row, c.row_count, c.segment, c.start, c.length
         from jsonb_to_recordset($2) as c (index integer, first_row integer, row_count integer, segment integer,
           start bigint, length integer)`,
        [record.id, JSON.stringify(record.chunks.map(chunkRecord))],
      );
      await connection.query('delete from jobs.uploads where job_id = $1', [record.id]);
      await recordChange(connection, record.id);
      return true;
    });
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

/** A key older than a day may be used again; the job it made stays. */
async function forgetOldKey(connection: Queryable, tenantId: string, key: string | undefined): Promise<void> {
  if (key === undefined) return;
  await connection.query(
    `update jobs.jobs set idempotency_key = null
     where tenant_id = $1 and idempotency_key = $2
       and created_at <= now() - interval '${idempotencyHours} hours'`,
    [tenantId, key],
  );
}

function chunkRecord({ index, firstRow, rowCount, place }: NewChunk): object {
  return {
    index,
    first_row: firstRow,
    row_count: rowCount,
    ...(place ? { segment: place.segment, start: place.offset, length: place.length } : {}),
  };
}
