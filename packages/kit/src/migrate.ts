import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { AppError, reasonOf } from './errors.ts';
import type { Log } from './log.ts';
import { databaseError } from './postgres.ts';

/** One lock for every migration of the fleet: "sillage" as a number, taken by whoever comes first. */
const lockId = 0x51_11_a6_e0;

/**
 * A statement that waits for a table holds up every query that comes to that table after it: the old version would stop
 * serving behind a migration that waits for a long query. After this it gives up, and is tried again later.
 */
const lockTimeout = '5s';

/** One schema of the database, and how it comes to be what this code needs. */
export interface Schema {
  readonly name: string;
  /**
   * Applies what is not applied yet, forward only, and returns the names of it. Safe to run twice and from several pods
   * at once: the second waits for the first and then finds nothing to do. Throws MigrationError.
   */
  migrate: (log: Log) => Promise<readonly string[]>;
  /** Migrations that this code needs and the database lacks; none where the database is ahead of the code. */
  missing: () => Promise<readonly string[]>;
}

export interface SqlSchemaOptions {
  readonly url: string;
  /** Folder of SQL files in node-pg-migrate's form, applied in the order of their names. */
  readonly directory: string;
  /** Schema the tables and the record of what was applied live in; made when it is not there. */
  readonly schema: string;
}

/** A migration that failed: which one, and why. Nothing of it, nor of those applied with it, was kept. */
export class MigrationError extends Error {
  constructor(schema: string, migration: string | undefined, cause: unknown) {
    const which = migration === undefined ? 'the migrations' : `migration ${migration}`;
    super(`${which} of schema ${schema} failed: ${reasonOf(cause)}; the schema is as it was`, { cause });
    this.name = 'MigrationError';
  }
}

/** A schema kept by SQL files. */
export function sqlSchema({ url, directory, schema }: SqlSchemaOptions): Schema {
  return {
    name: schema,
    migrate: (log) =>
      withMigrationLock(url, async (client) => {
        if ((await lacking(client, directory, schema)).length === 0) return [];
        // Loaded where there is something to migrate: a start seldom has.
        const { runner } = await import('node-pg-migrate');
        let current: string | undefined;
        const onMessage = (text: string) => {
          // The only place where the runner tells which file it is at.
          current = /^### MIGRATION (\S+) \(UP\)/.exec(text)?.[1] ?? current;
        };
        try {
          const applied = await runner({
            dbClient: client,
            dir: directory,
            direction: 'up',
            schema,
            createSchema: true,
            migrationsTable: 'migrations',
            // Our own lock waits; the runner's gives up when another pod holds it.
            noLock: true,
            singleTransaction: true,
            log: onMessage,
          });
          const names = applied.map((migration) => migration.name);
          if (names.length > 0) log.info({ schema, applied: names }, 'migrations applied');
          return names;
        } catch (error) {
          throw databaseError(error) instanceof AppError ? error : new MigrationError(schema, current, error);
        }
      }),
    missing: () => withClient(url, (client) => lacking(client, directory, schema)),
  };
}

/** Migrations of the directory that the schema has not, in their order. */
async function lacking(client: pg.Client, directory: string, schema: string): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).toSorted();
  const applied = await appliedIn(client, schema);
  return files.map((file) => file.slice(0, -'.sql'.length)).filter((name) => !applied.has(name));
}

async function appliedIn(client: pg.Client, schema: string): Promise<ReadonlySet<string>> {
  const table = `${pg.escapeIdentifier(schema)}.migrations`;
  const { rows: found } = await client.query<{ isThere: boolean }>(
    'select to_regclass($1) is not null as "isThere"',
    [table],
  );
  if (!found[0]?.isThere) return new Set();
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  return new Set(rows.map((row) => row.name));
}

/** Runs `work` on a connection that holds the fleet's migration lock; others wait their turn. */
export async function withMigrationLock<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  // Closing the connection gives the lock back.
  return withClient(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockId]);
    await client.query(`set lock_timeout = '${lockTimeout}'`);
    return work(client);
  });
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A connection cut between two queries fails the next one; unheard it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
