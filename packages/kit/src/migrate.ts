import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Log } from './log.ts';

/** One lock for every migration of the fleet: "sillage" as a number, taken by whoever comes first. */
const lockId = 0x51_11_a6_e0;

export interface MigrateOptions {
  readonly url: string;
  /** Folder of SQL files in node-pg-migrate's form, applied in the order of their names. */
  readonly directory: string;
  /** Schema the tables and the record of what was applied live in; made when it is not there. */
  readonly schema: string;
  readonly log: Log;
}

/**
 * Applies the migrations that are not applied yet; forward only. Safe to run twice and from several pods at once:
 * the second waits for the first and then finds nothing to do.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  return withMigrationLock(options.url, async (client) => {
    const applied = await runner({
      dbClient: client,
      dir: options.directory,
      direction: 'up',
      schema: options.schema,
      createSchema: true,
      migrationsTable: 'migrations',
      // Our own lock waits; the runner's gives up when another pod holds it.
      noLock: true,
      singleTransaction: true,
      log: () => {},
    });
    const names = applied.map((migration) => migration.name);
    if (names.length > 0) options.log.info({ schema: options.schema, applied: names }, 'migrations applied');
    return names;
  });
}

/** Runs `work` on a connection that holds the fleet's migration lock; others wait their turn. */
export async function withMigrationLock<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A connection cut between two queries fails the next one; unheard it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [lockId]);
    return await work(client);
  } finally {
    // Closing the connection gives the lock back.
    await client.end().catch(() => {});
  }
}
