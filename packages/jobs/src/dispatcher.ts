import type { Database, Log, Queryable, TraceCarrier } from '@sillage/kit';
import { reasonOf } from '@sillage/kit';
import { type Candidate, chooseFairly } from './fair-share.ts';
import type { Delivery, JobQueue } from './queue.ts';
import { aheadChunks, redeliverAfterMs } from './timing.ts';

interface CandidateRow extends Candidate {
  readonly jobId: string;
  readonly index: number;
  readonly claims: number;
  readonly trace: TraceCarrier;
}

/**
 * Chunks that could be handed over: nobody works on them, and they were never handed over, or so long ago that the
 * delivery must be lost.
 */
const isWaiting = `(c.enqueued_at is null or c.enqueued_at < now() - $1 * interval '1 ms')
  and ((c.state = 'pending' and (c.retry_at is null or c.retry_at <= now()))
    or (c.state = 'running' and c.claimed_until < now()))`;

/**
 * Hands chunks to the queue, the fairest first and only a few ahead of the workers: what is in the queue keeps its
 * order, so the choice is made as late as it can be. Called when a job is made, by workers as they take chunks, and
 * by their sweep, which also finds what was lost.
 */
export class Dispatcher {
  readonly #database: Database;
  readonly #queue: JobQueue;
  readonly #log: Log;
  #again = false;
  #running: Promise<void> | undefined;

  constructor(options: { readonly database: Database; readonly queue: JobQueue; readonly log: Log }) {
    this.#database = options.database;
    this.#queue = options.queue;
    this.#log = options.log;
  }

  /** Never rejects: who could not be served now is found by the next call. Calls at the same time become one. */
  dispatch(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        if ((await this.#handed(this.#database)) > aheadChunks / 2) continue;
        const deliveries = await this.#take();
        if (deliveries.length > 0) await this.#hand(deliveries);
      } catch (error) {
        this.#log.debug({ reason: reasonOf(error) }, 'chunks not handed over yet');
      }
    }
  }

  async #hand(deliveries: readonly Delivery[]): Promise<void> {
    try {
      await this.#queue.enqueue(deliveries);
    } catch (error) {
      // The queue is away: they count as not handed over, so that they are tried as soon as it is back.
      await this.#database.query(
        `update jobs.job_chunks c set enqueued_at = null
         from jsonb_to_recordset($1) as lost (job uuid, index integer)
         where c.job_id = lost.job and c.chunk_index = lost.index and c.state = 'pending'`,
        [JSON.stringify(deliveries.map(({ jobId, index }) => ({ job: jobId, index })))],
      );
      throw error;
    }
  }

  /** Chunks in the queue that no worker has taken. */
  async #handed(connection: Queryable): Promise<number> {
    const [row] = await connection.query<{ count: number }>(
      `select count(*)::integer as count from jobs.job_chunks c join jobs.jobs j on j.id = c.job_id
       where c.state = 'pending' and c.enqueued_at >= now() - $1 * interval '1 ms'
         and (c.retry_at is null or c.retry_at <= now()) and j.state in ('queued', 'running')`,
      [redeliverAfterMs],
    );
    return row?.count ?? 0;
  }

  /** Chooses what goes next and notes it as handed over; one dispatcher of the fleet at a time. */
  #take(): Promise<readonly Delivery[]> {
    return this.#database.transaction(async (connection) => {
      const [row] = await connection.query<{ clock: number }>('select clock from jobs.fair_clock for update');
      const slots = aheadChunks - (await this.#handed(connection));
      if (slots <= 0) return [];
      const candidates = await this.#candidates(connection, slots);
      if (candidates.length === 0) return [];
      const passes = await connection.query<{ tenant_id: string; pass: number }>(
        'select tenant_id, pass from jobs.shares where tenant_id = any($1)',
        [[...new Set(candidates.map(({ tenantId }) => tenantId))]],
      );
      const before = { passes: new Map(passes.map((share) => [share.tenant_id, share.pass])) };
      const { chosen, shares } = chooseFairly(candidates, { ...before, clock: row?.clock ?? 0 }, slots);
      await this.#keep(connection, chosen, shares);
      return chosen;
    });
  }

  async #keep(
    connection: Queryable,
    chosen: readonly CandidateRow[],
    shares: { readonly passes: ReadonlyMap<string, number>; readonly clock: number },
  ): Promise<void> {
    await connection.query(
      `update jobs.job_chunks c set enqueued_at = now()
       from jsonb_to_recordset($1) as next (job uuid, index integer)
       where c.job_id = next.job and c.chunk_index = next.index`,
      [JSON.stringify(chosen.map(({ jobId, index }) => ({ job: jobId, index })))],
    );
    const served = new Set(chosen.map(({ tenantId }) => tenantId));
    const changed = [...shares.passes].filter(([tenant]) => served.has(tenant));
    await connection.query(
      `insert into jobs.shares (tenant_id, pass)
       select s.tenant, s.pass from jsonb_to_recordset($1) as s (tenant text, pass double precision)
       on conflict (tenant_id) do update set pass = excluded.pass`,
      [JSON.stringify(changed.map(([tenant, pass]) => ({ tenant, pass })))],
    );
    await connection.query('update jobs.fair_clock set clock = $1', [shares.clock]);
    // Who is behind the clock has no more than who is not here.
    await connection.query('delete from jobs.shares where pass <= $1', [shares.clock]);
  }

  /** Early chunks first, so that of a tenant's own jobs the small ones end soon. */
  #candidates(connection: Queryable, slots: number): Promise<CandidateRow[]> {
    return connection.query<CandidateRow & Record<string, unknown>>(
      `select j.tenant_id as "tenantId", j.weight, j.trace, j.id as "jobId", c.chunk_index as index, c.claims,
         c.row_count as "rowCount"
       from jobs.jobs j cross join lateral (
         select c.chunk_index, c.claims, c.row_count from jobs.job_chunks c
         where c.job_id = j.id and c.state in ('pending', 'running') and ${isWaiting}
         order by c.chunk_index limit $2
       ) c
       where j.state in ('queued', 'running')
       order by c.chunk_index, j.created_at, j.id`,
      [redeliverAfterMs, slots],
    );
  }
}
