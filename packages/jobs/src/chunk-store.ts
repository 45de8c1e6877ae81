import { randomUUID } from 'node:crypto';
import type { Database, Queryable, Row, TraceCarrier } from '@sillage/kit';
import type { ChunkKey, ChunkResult, Claim, FinishOutcome, ResultRow } from './chunk.ts';
import { endChunk, lockJobRow, takeChunk } from './chunk-statements.ts';
import { announceEnd, notifyJob, recordChange } from './job-log.ts';
import { type JobRow, toJob } from './rows.ts';
import { before, isFinal } from './states.ts';
import { type InputColumns, type InputRow, inputOf, readInput } from './storage/input-rows.ts';
import { packLines, unpackLines } from './storage/lines.ts';
import { jobKeys, type ObjectStore } from './storage/object-store.ts';
import { mergeSummary } from './summary.ts';
import { leaseMs, maxLostClaims } from './timing.ts';
import type { JobError, JobState } from './types.ts';

interface ChunkRow extends Row, InputColumns {
  first_row: number;
  row_count: number;
  result_key: string | null;
  claims: number;
  failures: number;
  lost_claims: number;
}

class Rollback<T> extends Error {
  readonly outcome: T;
  constructor(outcome: T) {
    super('rolled back');
    this.outcome = outcome;
  }
}

/**
 * What workers do with chunks, in SQL. A chunk is changed only by who holds its claim, and every change that also
 * touches the job locks the job's row first, so that two never wait for each other.
 */
export class ChunkStore {
  readonly #database: Database;
  readonly #storage: ObjectStore;
  readonly #onState: (state: JobState) => void;
  readonly #leaseMs: number;

  constructor(options: {
    readonly database: Database;
    readonly storage: ObjectStore;
    /** Called once for each state a job enters. */
    readonly onState: (state: JobState) => void;
    readonly leaseMs?: number;
  }) {
    this.#database = options.database;
    this.#storage = options.storage;
    this.#onState = options.onState;
    this.#leaseMs = options.leaseMs ?? leaseMs;
  }

  /** Takes the chunk, or undefined when it is done, cancelled, waiting for its retry or in other hands. */
  async claim(key: ChunkKey): Promise<Claim | undefined> {
    const token = randomUUID();
    const entered: JobState[] = [];
    const take = async (connection: Queryable): Promise<Claim | undefined> => {
      const job = await lockJob(connection, key.jobId);
      if (!job || (job.state !== 'queued' && job.state !== 'running')) return undefined;
      const values = [key.jobId, key.index, token, this.#leaseMs];
      const [chunk] = await connection.query<ChunkRow>(takeChunk, values);
      if (!chunk) return undefined;
      if (job.state === 'queued') entered.push('running');
      if (chunk.lost_claims > maxLostClaims) {
        const detail = `the worker ended without a word ${chunk.lost_claims} times while working on this part`;
        await this.#failIn(connection, key, { code: 'internal', detail });
        entered.push('failed');
        return undefined;
      }
      const { first_row: firstRow, row_count: rowCount, claims, failures } = chunk;
      return {
        ...key,
        token,
        job: toJob(job),
        trace: job.trace,
        firstRow,
        rowCount,
        input: inputOf(chunk),
        previous: chunk.result_key ?? undefined,
        claims,
        failures,
      };
    };
    // Lazy: where the machine fails, the chunk is nobody's again, and nothing of it was kept.
    const claim = await this.#database.transaction(take, { isLazy: true });
    for (const state of entered) this.#onState(state);
    return claim;
  }

  /** Keeps the claim for another lease and notes how far the chunk is; false when the claim has gone. */
  async renew(claim: Claim, progress: number): Promise<boolean> {
    const [row] = await this.#database.query<{ changed: boolean }>(
      `update jobs.job_chunks c set claimed_until = now() + $4 * interval '1 ms', progress = $5
       from jobs.job_chunks old
       where c.job_id = $1 and c.chunk_index = $2 and c.claim = $3 and c.state = 'running'
         and old.job_id = c.job_id and old.chunk_index = c.chunk_index
       returning old.progress <> $5 as changed`,
      [claim.jobId, claim.index, claim.token, this.#leaseMs, progress],
    );
    if (row?.changed) await notifyJob(this.#database, claim.jobId);
    return row !== undefined;
  }

  /** The molecules of a claimed chunk. */
  async input(claim: Claim): Promise<readonly InputRow[]> {
    return claim.input === undefined ? [] : readInput(this.#storage, claim.jobId, claim.input);
  }

  /** The lines of an earlier run of the chunk; undefined when this is the first. */
  async previous(claim: Claim): Promise<readonly string[] | undefined> {
    if (claim.previous === undefined) return undefined;
    const packed = await this.#storage.get(claim.previous);
    if (!packed) throw new Error(`the rows of chunk ${claim.index} of job ${claim.jobId} have gone`);
    return (await unpackLines(packed)).split('\n').filter((line) => line !== '');
  }

  /**
   * Writes the chunk's rows and moves the job on, all or nothing. The rows go under a key of this attempt alone, and
   * count from the moment the chunk's row names that key; an attempt that lost its claim has written beside.
   */
  async finish(claim: Claim, result: ChunkResult): Promise<FinishOutcome> {
    const key = jobKeys.rows(claim.jobId, claim.index, claim.token);
    let rows = result.rows;
    for (;;) {
      const { packed, bytes } = await packLines(rows.map((row) => row.line));
      await this.#storage.put(key, packed);
      const outcome = await this.#commit(claim, { ...result, rows }, { key, bytes });
      if (outcome.kind === 'taken' && result.acceptFewer) {
        const taken = new Set(outcome.canonical);
        rows = rows.filter((row) => row.canonical === undefined || !taken.has(row.canonical));
        continue;
      }
      if (outcome.kind === 'written' && outcome.state === 'succeeded') this.#onState('succeeded');
      // What was written beside goes with the job at the latest.
      if (outcome.kind === 'lost') await this.#storage.removeAll(key).catch(() => {});
      return outcome;
    }
  }

  async #commit(
    claim: Claim,
    result: ChunkResult,
    written: { readonly key: string; readonly bytes: number },
  ): Promise<FinishOutcome> {
    const { rows } = result;
    try {
      return await this.#database.transaction(async (connection): Promise<FinishOutcome> => {
        const job = await lockJob(connection, claim.jobId);
        const taken = await this.#reserve(
          connection,
          claim.jobId,
          rows.flatMap((row) => row.canonical ?? []),
        );
        if (taken.size > 0) throw new Rollback({ kind: 'taken', canonical: [...taken] });
        if (!job) throw new Rollback({ kind: 'lost' });
        const reason = rows.length < claim.rowCount ? result.acceptFewer : undefined;
        const summary = mergeSummary(job, result.summary, { rows: rows.length, reason });
        const [changed] = await connection.query<{ state: JobState; hasWebhook: boolean }>(endChunk, [
          claim.jobId,
          claim.index,
          claim.token,
          rows.length,
          countFailed(rows),
          written.key,
          written.bytes,
          JSON.stringify(summary),
          before('succeeded'),
        ]);
        if (!changed) throw new Rollback({ kind: 'lost' });
        if (changed.hasWebhook && isFinal(changed.state)) await announceEnd(connection, claim.jobId);
        return { kind: 'written', rows: rows.length, state: changed.state };
      });
    } catch (error) {
      if (error instanceof Rollback) return error.outcome;
      throw error;
    }
  }

  /** Gives the chunk back to be tried again after `delayMs`; false when the claim has gone. */
  async retry(claim: Claim, error: JobError, delayMs: number): Promise<boolean> {
    const rows = await this.#database.query(
      `update jobs.job_chunks set state = 'pending', claim = null, claimed_until = null, progress = 0,
         failures = failures + 1, error = $4, retry_at = now() + $5 * interval '1 ms', enqueued_at = now()
       where job_id = $1 and chunk_index = $2 and claim = $3 and state = 'running' returning job_id`,
      [claim.jobId, claim.index, claim.token, JSON.stringify(error), delayMs],
    );
    return rows.length > 0;
  }

  /** Gives the chunk back unfinished, to be taken up at once; it does not count as a failure. */
  async release(claim: Claim): Promise<boolean> {
    const rows = await this.#database.query(
      `update jobs.job_chunks set state = 'pending', claim = null, claimed_until = null, progress = 0,
         enqueued_at = null
       where job_id = $1 and chunk_index = $2 and claim = $3 and state = 'running' returning job_id`,
      [claim.jobId, claim.index, claim.token],
    );
    return rows.length > 0;
  }

  /** The chunk is dead, and with it the job; chunks that were not finished are given up. */
  async fail(claim: Claim, error: JobError): Promise<boolean> {
    const isFailed = await this.#database.transaction(async (connection) => {
      await lockJob(connection, claim.jobId);
      const owned = await connection.query(
        `select 1 from jobs.job_chunks where job_id = $1 and chunk_index = $2 and claim = $3 and state = 'running'`,
        [claim.jobId, claim.index, claim.token],
      );
      return owned.length > 0 && this.#failIn(connection, claim, error);
    });
    if (isFailed) this.#onState('failed');
    return isFailed;
  }

  /** Canonical SMILES the job has returned so far. */
  async molecules(jobId: string): Promise<string[]> {
    const rows = await this.#database.query<{ canonical: string }>(
      'select canonical from jobs.job_molecules where job_id = $1',
      [jobId],
    );
    return rows.map((row) => row.canonical);
  }

  /** Notes the molecules as returned by this job; what another chunk returned before is given back. */
  async #reserve(connection: Queryable, jobId: string, canonical: readonly string[]): Promise<Set<string>> {
    if (canonical.length === 0) return new Set();
    const added = await connection.query<{ canonical: string }>(
      `insert into jobs.job_molecules (job_id, canonical) select $1, unnest($2::text[])
       on conflict do nothing returning canonical`,
      [jobId, canonical],
    );
    const own = new Set(added.map((row) => row.canonical));
    return new Set(canonical.filter((smiles) => !own.has(smiles)));
  }

  async #failIn(connection: Queryable, key: ChunkKey, error: JobError): Promise<boolean> {
    const changed = await connection.query(
      `update jobs.jobs set state = 'failed', error = $2, finished_at = now(), open_chunks = 0
       where id = $1 and state = any($3) returning id`,
      [key.jobId, JSON.stringify(error), before('failed')],
    );
    if (changed.length === 0) return false;
    await connection.query(
      `update jobs.job_chunks set claim = null, claimed_until = null, progress = 0, finished_at = now(),
         state = case when chunk_index = $2 then 'failed' else 'cancelled' end,
         error = case when chunk_index = $2 then $3::jsonb else error end
       where job_id = $1 and state in ('pending', 'running')`,
      [key.jobId, key.index, JSON.stringify(error)],
    );
    await recordChange(connection, key.jobId);
    return true;
  }
}

function countFailed(rows: readonly ResultRow[]): number {
  return rows.filter((row) => row.isFailed).length;
}

async function lockJob(
  connection: Queryable,
  jobId: string,
): Promise<(JobRow & { trace: TraceCarrier }) | undefined> {
  const [row] = await connection.query<JobRow & { trace: TraceCarrier }>(lockJobRow, [jobId]);
  return row;
}
