import { randomUUID } from 'node:crypto';
import type { Database, Queryable, Row, TraceCarrier } from '@sillage/kit';
import type { ChunkResult, Claim, FinishOutcome } from './chunk.ts';
import { notifyJob } from './notify.ts';
import type { Delivery } from './queue.ts';
import { type ChunkKey, packLines, type ResultStore } from './result-store.ts';
import { type JobRow, jobColumns, toJob } from './rows.ts';
import { before } from './states.ts';
import { mergeSummary } from './summary.ts';
import { enqueueGraceMs, leaseMs, maxLostClaims, redeliverAfterMs, sweepLimit } from './timing.ts';
import type { JobError, JobState } from './types.ts';

interface ChunkRow extends Row {
  first_row: number;
  row_count: number;
  input: string[] | null;
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
  readonly #results: ResultStore;
  readonly #onState: (state: JobState) => void;

  constructor(options: {
    readonly database: Database;
    readonly results: ResultStore;
    /** Called once for each state a job enters. */
    readonly onState: (state: JobState) => void;
  }) {
    this.#database = options.database;
    this.#results = options.results;
    this.#onState = options.onState;
  }

  /** Takes the chunk, or undefined when it is done, cancelled, waiting for its retry or in other hands. */
  async claim(key: ChunkKey): Promise<Claim | undefined> {
    const token = randomUUID();
    const entered: JobState[] = [];
    const claim = await this.#database.transaction(async (connection): Promise<Claim | undefined> => {
      const job = await lockJob(connection, key.jobId);
      if (!job || (job.state !== 'queued' && job.state !== 'running')) return undefined;
      const [chunk] = await connection.query<ChunkRow>(
        `update jobs.job_chunks
         set state = 'running', claim = $3, claimed_until = now() + $4 * interval '1 ms', claims = claims + 1,
           lost_claims = lost_claims + (case when state = 'running' then 1 else 0 end), progress = 0, retry_at = null
         where job_id = $1 and chunk_index = $2
           and ((state = 'pending' and (retry_at is null or retry_at <= now()))
             or (state = 'running' and claimed_until < now()))
         returning first_row, row_count, input, claims, failures, lost_claims`,
        [key.jobId, key.index, token, leaseMs],
      );
      if (!chunk) return undefined;
      if (job.state === 'queued') {
        await connection.query(`update jobs.jobs set state = 'running', started_at = now() where id = $1`, [
          key.jobId,
        ]);
        await notifyJob(connection, key.jobId);
        entered.push('running');
      }
      if (chunk.lost_claims > maxLostClaims) {
        const detail = `the worker ended without a word ${chunk.lost_claims} times while working on this part`;
        await this.#failIn(connection, key, { code: 'internal', detail });
        entered.push('failed');
        return undefined;
      }
      const { first_row: firstRow, row_count: rowCount, claims, failures } = chunk;
      const smiles = chunk.input ?? [];
      return {
        ...key,
        token,
        job: toJob(job),
        trace: job.trace,
        firstRow,
        rowCount,
        smiles,
        claims,
        failures,
      };
    });
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
      [claim.jobId, claim.index, claim.token, leaseMs, progress],
    );
    if (row?.changed) await notifyJob(this.#database, claim.jobId);
    return row !== undefined;
  }

  /** Writes the chunk's rows and moves the job on, all or nothing. */
  async finish(claim: Claim, result: ChunkResult): Promise<FinishOutcome> {
    const candidates = result.rows.flatMap((row) => row.canonical ?? []);
    try {
      const outcome = await this.#database.transaction(async (connection): Promise<FinishOutcome> => {
        const job = await lockJob(connection, claim.jobId);
        const taken = await this.#reserve(connection, claim.jobId, candidates);
        if (taken.size > 0 && !result.acceptFewer)
          throw new Rollback({ kind: 'taken', canonical: [...taken] });
        const rows = result.rows.filter((row) => row.canonical === undefined || !taken.has(row.canonical));
        const failed = rows.filter((row) => row.isFailed).length;
        const owned = await connection.query(
          `update jobs.job_chunks set state = 'succeeded', claim = null, claimed_until = null, progress = 0,
             error = null, result_rows = $4, finished_at = now()
           where job_id = $1 and chunk_index = $2 and claim = $3 and state = 'running' returning job_id`,
          [claim.jobId, claim.index, claim.token, rows.length],
        );
        if (!job || owned.length === 0) throw new Rollback({ kind: 'lost' });
        await this.#results.write(connection, claim, await packLines(rows.map((row) => row.line)));
        const reason = rows.length < claim.rowCount ? result.acceptFewer : undefined;
        const summary = mergeSummary(job, result.summary, { rows: rows.length, reason });
        const [changed] = await connection.query<{ state: JobState }>(
          `update jobs.jobs set done = done + $2, failed = failed + $3, summary = $4, open_chunks = open_chunks - 1,
             state = case when open_chunks = 1 then 'succeeded' else state end,
             finished_at = case when open_chunks = 1 then now() end
           where id = $1 and state = 'running' returning state`,
          [claim.jobId, rows.length, failed, JSON.stringify(summary)],
        );
        if (!changed) throw new Rollback({ kind: 'lost' });
        await notifyJob(connection, claim.jobId);
        return { kind: 'written', rows: rows.length, state: changed.state };
      });
      if (outcome.kind === 'written' && outcome.state === 'succeeded') this.#onState('succeeded');
      return outcome;
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

  /** Chunks of live jobs that nobody works on and that seem to have no delivery, noted as handed over now. */
  async sweep(): Promise<Delivery[]> {
    const rows = await this.#database.query<{
      job_id: string;
      chunk_index: number;
      claims: number;
      trace: TraceCarrier;
    }>(
      `update jobs.job_chunks c set enqueued_at = now()
       from (
         select o.job_id, o.chunk_index, j.trace from jobs.job_chunks o join jobs.jobs j on j.id = o.job_id
         where o.state in ('pending', 'running') and j.state in ('queued', 'running')
           and coalesce(o.enqueued_at, j.created_at - $2 * interval '1 ms' + $3 * interval '1 ms')
             < now() - $2 * interval '1 ms'
           and ((o.state = 'pending' and (o.retry_at is null or o.retry_at <= now()))
             or (o.state = 'running' and o.claimed_until < now()))
         order by o.enqueued_at nulls first limit $1
         for update of o skip locked
       ) lost
       where c.job_id = lost.job_id and c.chunk_index = lost.chunk_index
       returning c.job_id, c.chunk_index, c.claims, lost.trace`,
      [sweepLimit, redeliverAfterMs, enqueueGraceMs],
    );
    return rows.map((row) => ({
      jobId: row.job_id,
      index: row.chunk_index,
      claims: row.claims,
      trace: row.trace,
    }));
  }

  /** Chunks of live jobs that wait for a worker. */
  async waiting(): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `select count(*)::integer as count from jobs.job_chunks where state = 'pending'`,
    );
    return row?.count ?? 0;
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
    await notifyJob(connection, key.jobId);
    return true;
  }
}

async function lockJob(
  connection: Queryable,
  jobId: string,
): Promise<(JobRow & { trace: TraceCarrier }) | undefined> {
  const [row] = await connection.query<JobRow & { trace: TraceCarrier }>(
    `select ${jobColumns}, j.trace from jobs.jobs j where j.id = $1 for update of j`,
    [jobId],
  );
  return row;
}
