import { reasonOf } from './errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Database } from './postgres.ts';
import { repeat } from './repeat.ts';

/** How often the server is asked who is connected. */
const intervalMs = 15_000;

/** Shows the pool at each scrape and, every few seconds, the connections of the whole server. Returns what ends it. */
export function showDatabase(database: Database, metrics: Metrics, log: Log): () => void {
  const { pool } = database;
  metrics.gauge('olfactory_database_pool_limit').set(pool.options.max);
  metrics.gauge('olfactory_database_pool_waiting', (gauge) => gauge.set(pool.waitingCount));
  metrics.gauge('olfactory_database_pool_connections', (gauge) => {
    gauge.set({ state: 'used' }, pool.totalCount - pool.idleCount);
    gauge.set({ state: 'idle' }, pool.idleCount);
  });
  return repeat(intervalMs, async () => {
    try {
      const [row] = await database.query<{ clients: number; limit: number }>(
        `select (select count(*) from pg_stat_activity where backend_type = 'client backend')::integer as clients,
           current_setting('max_connections')::integer
             - current_setting('superuser_reserved_connections')::integer as "limit"`,
      );
      if (!row) return;
      metrics.gauge('olfactory_postgres_connections').set(row.clients);
      metrics.gauge('olfactory_postgres_connections_limit').set(row.limit);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'connections of postgres not read');
    }
  });
}
