import { randomBytes, randomUUID } from 'node:crypto';
import { AppError, type Database, injectTrace, invalidField } from '@sillage/kit';
import { type ChunkRange, chunkRanges, generateChunkMolecules, predictChunkRows } from './chunking.ts';
import { notifyJob } from './notify.ts';
import { type JobRow, jobColumns, toJob } from './rows.ts';
import { before } from './states.ts';
import type { Job, JobPage, JobState, NewJob } from './types.ts';

/** What the gateway does with jobs, in SQL. Every change of a job's chunks locks the job's row first. */
export class JobStore {
  readonly #database: Database;
  readonly #onState: (state: JobState) => void;

  constructor(database: Database, onState: (state: JobState) => void) {
    this.#database = database;
    this.#onState = onState;
  }

  /** Keeps the job with its chunks, or finds the one made with the same idempotency key. */
  async insert(request: NewJob): Promise<{ job: Job; isNew: boolean; chunks: readonly ChunkRange[] }> {
    const { rowCount, ranges, settings } = split(request);
    const id = randomUUID();
    const isNew = await this.#database.transaction(async (connection) => {
      const inserted = await connection.query(
        `insert into jobs.jobs (id, tenant_id, kind, input, total, open_chunks, idempotency_key, body_hash, trace)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, idempotency_key) where idempotency_key is not null do nothing returning id`,
        [
          id,
          request.tenantId,
          request.kind,
          JSON.stringify(settings),
          rowCount,
          ranges.length,
          request.idempotencyKey ?? null,
          request.bodyHash,
          JSON.stringify(injectTrace()),
        ],
      );
      if (inserted.length === 0) return false;
      await connection.query(
        `insert into jobs.job_chunks (job_id, chunk_index, first_row, row_count, input)
         select $1, chunk.index, chunk.first_row, chunk.row_count, chunk.input
         from jsonb_to_recordset($2) as chunk (index integer, first_row integer, row_count integer, input jsonb)`,
        [id, JSON.stringify(ranges.map((range) => chunkRecord(request, range)))],
      );
      await notifyJob(connection, id);
      return true;
    });
    if (!isNew) return { job: await this.#sameKey(request), isNew, chunks: [] };
    this.#onState('queued');
    return { job: await this.get(request.tenantId, id), isNew, chunks: ranges };
  }

  /** Notes that these chunks were handed to the queue. */
  async markEnqueued(jobId: string): Promise<void> {
    await this.#database.query(
      'update jobs.job_chunks set enqueued_at = now() where job_id = $1 and enqueued_at is null',
      [jobId],
    );
  }

  async get(tenantId: string, id: string): Promise<Job> {
    const [row] = isUuid(id)
      ? await this.#database.query<JobRow>(
          `select ${jobColumns} from jobs.jobs j where j.id = $1 and j.tenant_id = $2`,
          [id, tenantId],
        )
      : [];
    if (!row) throw new AppError('not_found', 'there is no job with this id');
    return toJob(row);
  }

  async list(tenantId: string, page: JobPage): Promise<readonly Job[]> {
    const start = page.before === undefined ? undefined : await this.#startOf(tenantId, page.before);
    const rows = await this.#database.query<JobRow>(
      `select ${jobColumns} from jobs.jobs j
       where j.tenant_id = $1 and ($3::text is null or j.state = $3)
         and ($4::uuid is null or (j.created_at, j.id) < (select b.created_at, b.id from jobs.jobs b where b.id = $4))
       order by j.created_at desc, j.id desc limit $2`,
      [tenantId, page.limit, page.state ?? null, start?.id ?? null],
    );
    return rows.map(toJob);
  }

  async #startOf(tenantId: string, id: string): Promise<Job> {
    try {
      return await this.get(tenantId, id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      throw invalidField('/before', 'before must be the id of a job, as `next` of a page gives it');
    }
  }

  /** Ends the job and takes its chunks away from whoever works on them. */
  async cancel(tenantId: string, id: string): Promise<Job> {
    const job = await this.get(tenantId, id);
    const isCancelled = await this.#database.transaction(async (connection) => {
      const changed = await connection.query(
        `update jobs.jobs set state = 'cancelled', finished_at = now(), open_chunks = 0
         where id = $1 and state = any($2) returning id`,
        [job.id, before('cancelled')],
      );
      if (changed.length === 0) return false;
      await connection.query(
        `update jobs.job_chunks set state = 'cancelled', claim = null, claimed_until = null, progress = 0
         where job_id = $1 and state in ('pending', 'running')`,
        [job.id],
      );
      await notifyJob(connection, job.id);
      return true;
    });
    if (isCancelled) this.#onState('cancelled');
    return this.get(tenantId, id);
  }

  /** Indexes of the chunks whose rows can be read, in order. */
  async finishedChunks(jobId: string): Promise<readonly number[]> {
    const rows = await this.#database.query<{ chunk_index: number }>(
      `select chunk_index from jobs.job_chunks where job_id = $1 and state = 'succeeded' order by chunk_index`,
      [jobId],
    );
    return rows.map((row) => row.chunk_index);
  }

  async #sameKey(request: NewJob): Promise<Job> {
    const [row] = await this.#database.query<JobRow & { body_hash: string }>(
      `select ${jobColumns}, j.body_hash from jobs.jobs j where j.tenant_id = $1 and j.idempotency_key = $2`,
      [request.tenantId, request.idempotencyKey],
    );
    if (!row)
      throw new AppError('conflict', 'the job with this Idempotency-Key has just been removed; try again');
    if (row.body_hash !== request.bodyHash) {
      throw new AppError(
        'conflict',
        'this Idempotency-Key was used with another request body; use a new key',
      );
    }
    return toJob(row);
  }
}

function split(request: NewJob): { rowCount: number; ranges: ChunkRange[]; settings: object } {
  if (request.kind === 'predict') {
    const { smiles, ...settings } = request.input;
    return { rowCount: smiles.length, ranges: chunkRanges(smiles.length, predictChunkRows), settings };
  }
  const rowCount = request.input.num_molecules;
  return {
    rowCount,
    ranges: chunkRanges(rowCount, generateChunkMolecules),
    settings: { ...request.input, seed: request.input.seed ?? randomBytes(4).readUInt32LE() },
  };
}

function chunkRecord(request: NewJob, range: ChunkRange): object {
  const { index, firstRow, rowCount } = range;
  const record = { index, first_row: firstRow, row_count: rowCount };
  if (request.kind !== 'predict') return record;
  // jsonb holds no NUL; a SMILES with one is wrong anyway and is told so by its row.
  const input = request.input.smiles
    .slice(firstRow, firstRow + rowCount)
    .map((smiles) => smiles.replaceAll('\0', '\uFFFD').toWellFormed());
  return { ...record, input };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
