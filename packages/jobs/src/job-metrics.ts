import { jobChunksQueue } from '@sillage/contracts';
import { type Database, type Log, type Metrics, type Row, reasonOf, repeat } from '@sillage/kit';

/** How often the jobs are looked at. */
const intervalMs = 5000;
const liveStates = ['queued', 'running', 'paused'] as const;

/**
 * Shows how many jobs there are, what waits, how long it has waited and what makes no progress, as Postgres has it:
 * by services that are always there, since workers may be scaled to none. Returns what ends it.
 */
export function showJobs(database: Database, metrics: Metrics, log: Log): () => void {
  const live = metrics.gauge('olfactory_jobs_live');
  const depth = metrics.gauge('olfactory_queue_depth');
  const oldest = metrics.gauge('olfactory_queue_oldest_seconds');
  const stalled = metrics.gauge('olfactory_jobs_stalled_seconds');
  const observed = metrics.gauge('olfactory_jobs_observed_timestamp_seconds');
  return repeat(intervalMs, async () => {
    try {
      const rows = await jobsByState(database);
      const of = (state: string) => rows.find((row) => row.state === state);
      for (const state of liveStates) live.set({ state }, of(state)?.jobs ?? 0);
      const chunks = (of('queued')?.chunks ?? 0) + (of('running')?.chunks ?? 0);
      depth.set({ queue: jobChunksQueue }, chunks);
      oldest.set({ queue: jobChunksQueue }, of('queued')?.still ?? 0);
      stalled.set(of('running')?.still ?? 0);
      observed.setToCurrentTime();
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'jobs not looked at');
    }
  });
}

/** Jobs of one state that is not final. */
export interface LiveJobs {
  readonly state: 'queued' | 'running' | 'paused';
  readonly jobs: number;
  /** Not finished. */
  readonly chunks: number;
  /** Seconds since the last event of the job whose last event is the oldest. */
  readonly still: number;
}

export function jobsByState(database: Database): Promise<readonly LiveJobs[]> {
  return database.query<LiveJobs & Row>(
    `select j.state, count(*)::integer as jobs, sum(j.open_chunks)::integer as chunks,
       greatest(0, extract(epoch from max(now() - coalesce(e.at, j.created_at))))::double precision as still
     from jobs.jobs j left join jobs.job_events e on e.job_id = j.id and e.seq = j.event_seq
     where j.state in ('queued', 'running', 'paused') group by j.state`,
  );
}
