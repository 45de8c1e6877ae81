import type { Database, Log, Queryable, Statement, TraceCarrier } from '@sillage/kit';
import { reasonOf } from '@sillage/kit';
import { predictChunkRows } from './chunking.ts';
import { type Candidate, chooseFairly } from './fair-share.ts';
import type { Delivery, JobQueue } from './queue.ts';
import { aheadChunks, redeliverAfterMs } from './timing.ts';

interface CandidateRow extends Candidate {
  readonly jobId: string;
  readonly index: number;
  readonly claims: number;
  readonly trace: TraceCarrier;
  /** What its tenant has had. */
  readonly pass: number | null;
}

/** Not waiting for a further attempt; infinity is that of a chunk that carries its own input. */
const isDue = `(c.retry_at is null or c.retry_at <= now() or c.retry_at = 'infinity')`;

/** Neither finished nor given up; the words of the index that knows them by tenant. */
const isOpen = `c.state in ('pending', 'running')`;

/**
 * Chunks that could be handed over: nobody works on them, and they were never handed over, or so long ago that the
 * delivery must be lost.
 */
const isWaiting = `(c.enqueued_at is null or c.enqueued_at < now() - $1 * interval '1 ms')
  and ((c.state = 'pending' and ${isDue})
    or (c.state = 'running' and c.claimed_until < now()))`;

/**
 * What a chunk takes of the workers, in whole chunks: for a small one mostly what every chunk costs. So many of these
 * may go to the queue that a worker does not wait for the next one.
 */
const cost = `case when j.kind = 'predict' then greatest(c.row_count / ${predictChunkRows}.0, 0.125) else 1 end`;

/** $1 milliseconds after which a delivery counts as lost. */
const countHanded: Statement = {
  name: 'jobs.count-handed',
  text: `select coalesce(sum(${cost}), 0)::double precision as count
    from jobs.job_chunks c join jobs.jobs j on j.id = c.job_id
    where c.state = 'pending' and c.enqueued_at >= now() - $1 * interval '1 ms'
      and ${isDue} and j.state in ('queued', 'running')`,
};

/**
 * Of every tenant that waits, found one after the other in the index, its first few chunks. $1 as above, $2 how many
 * chunks are wanted; where few tenants wait, more of each, since their chunks may be small.
 */
const firstOfTenants: Statement = {
  name: 'jobs.first-of-tenants',
  text: `with recursive tenant as (
      (select c.tenant_id as id from jobs.job_chunks c where ${isOpen} order by c.tenant_id limit 1)
      union all
      select (
        select c.tenant_id from jobs.job_chunks c where ${isOpen} and c.tenant_id > t.id order by c.tenant_id limit 1
      ) from tenant t where t.id is not null
    )
    select t.id as "tenantId", c.weight, c.trace, c.job_id as "jobId", c.chunk_index as index, c.claims,
      c.row_count as "rowCount", c.cost, s.pass
    from tenant t left join jobs.shares s on s.tenant_id = t.id cross join lateral (
      select c.job_id, c.chunk_index, c.claims, c.row_count, c.made_at, j.weight, j.trace,
        (${cost})::double precision as cost
      from jobs.job_chunks c join jobs.jobs j on j.id = c.job_id
      where c.tenant_id = t.id and ${isOpen} and ${isWaiting} and j.state in ('queued', 'running')
      order by c.chunk_index, c.made_at, c.job_id
      limit (select greatest($2::integer, ceil(8.0 * $2::integer / count(id)))::bigint from tenant)
    ) c
    order by c.chunk_index, c.made_at, c.job_id`,
};

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

  /** What is in the queue that no worker has taken, in whole chunks. */
  async #handed(connection: Queryable): Promise<number> {
    const [row] = await connection.query<{ count: number }>(countHanded, [redeliverAfterMs]);
    return row?.count ?? 0;
  }

  /** Chooses what goes next and notes it as handed over; one dispatcher of the fleet at a time. */
  #take(): Promise<readonly Delivery[]> {
    const choose = async (connection: Queryable) => {
      const [row] = await connection.query<{ clock: number }>('select clock from jobs.fair_clock for update');
      const slots = aheadChunks - (await this.#handed(connection));
      if (slots <= 0) return [];
      const candidates = await this.#candidates(connection, Math.ceil(slots));
      if (candidates.length === 0) return [];
      const passes = new Map(
        candidates.flatMap(({ tenantId, pass }) => (pass === null ? [] : [[tenantId, pass] as const])),
      );
      const { chosen, shares } = chooseFairly(candidates, { passes, clock: row?.clock ?? 0 }, slots);
      await this.#keep(connection, chosen, shares);
      return chosen;
    };
    // Lazy: what is forgotten is handed over again, and taken for the delivery that is there.
    return this.#database.transaction(choose, { isLazy: true });
  }

  async #keep(
    connection: Queryable,
    chosen: readonly CandidateRow[],
    shares: { readonly passes: ReadonlyMap<string, number>; readonly clock: number },
  ): Promise<void> {
    const served = new Set(chosen.map(({ tenantId }) => tenantId));
    // Who is behind the clock has no more than who is not here.
    const ahead = [...shares.passes].filter(([tenant, pass]) => served.has(tenant) && pass > shares.clock);
    await connection.query(
      `with handed as (
         update jobs.job_chunks c set enqueued_at = now()
         from jsonb_to_recordset($1) as next (job uuid, index integer)
         where c.job_id = next.job and c.chunk_index = next.index
       ), changed as (
         insert into jobs.shares (tenant_id, pass)
         select s.tenant, s.pass from jsonb_to_recordset($2) as s (tenant text, pass double precision)
         on conflict (tenant_id) do update set pass = excluded.pass
       ), behind as (
         delete from jobs.shares where pass <= $3 and tenant_id <> all($4)
       )
       update jobs.fair_clock set clock = $3`,
      [
        JSON.stringify(chosen.map(({ jobId, index }) => ({ job: jobId, index }))),
        JSON.stringify(ahead.map(([tenant, pass]) => ({ tenant, pass }))),
        shares.clock,
        ahead.map(([tenant]) => tenant),
      ],
    );
  }

  /**
   * The first few of every tenant that waits, so that it does not matter how many jobs do. Early chunks first: of a
   * tenant's own jobs the small ones end soon.
   */
  #candidates(connection: Queryable, slots: number): Promise<CandidateRow[]> {
    return connection.query<CandidateRow & Record<string, unknown>>(firstOfTenants, [
      redeliverAfterMs,
      slots,
    ]);
  }
}
