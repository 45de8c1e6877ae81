import pg from 'pg';
import { AppError, unavailable } from './errors.ts';
import type { Log } from './log.ts';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: Log;
}

export type Row = Record<string, unknown>;

/**
 * A statement that is asked all the time: each connection parses and plans it once, under its name, which halves what a
 * small statement costs. The name is of this text alone, and the text names its columns: the plan of a `*` fails once a
 * migration adds one.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What queries run on: the pool, or one connection inside a transaction. */
export interface Queryable {
  query<R extends Row = Row>(statement: string | Statement, values?: readonly unknown[]): Promise<R[]>;
}

/** Postgres behind a bounded pool. A database that is away becomes `unavailable`, never a hang. */
export class Database implements Queryable {
  readonly pool: pg.Pool;

  constructor(options: DatabaseOptions) {
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: 3000,
      statement_timeout: 30_000,
      query_timeout: 35_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    });
    // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
    this.pool.on('error', (error) => options.log.warn({ reason: error.message }, 'postgres connection lost'));
  }

  async query<R extends Row = Row>(
    statement: string | Statement,
    values: readonly unknown[] = [],
  ): Promise<R[]> {
    try {
      const result = await this.pool.query<R>(queryOf(statement, values));
      return result.rows;
    } catch (error) {
      throw databaseError(error);
    }
  }

  /**
   * Runs `work` in one transaction; it commits when `work` resolves and rolls back when it rejects. `isLazy`: the commit
   * does not wait for the disk, so that Postgres may forget it where the machine fails within the next half second;
   * for what is done again by itself then. What commits after it is never kept without it.
   */
  async transaction<T>(
    work: (connection: Queryable) => Promise<T>,
    { isLazy = false }: { readonly isLazy?: boolean } = {},
  ): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw databaseError(error);
    }
    let broken: Error | undefined;
    // While it is ours the pool does not listen: a connection cut between two queries would end the process.
    const onLost = (failure: Error) => {
      broken = failure;
    };
    client.on('error', onLost);
    try {
      await client.query(isLazy ? 'begin; set local synchronous_commit = off' : 'begin');
      const value = await work({
        query: async <R extends Row = Row>(statement: string | Statement, values: readonly unknown[] = []) =>
          (await client.query<R>(queryOf(statement, values))).rows,
      });
      await client.query('commit');
      return value;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
      throw databaseError(error);
    } finally {
      client.off('error', onLost);
      client.release(broken);
    }
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.query('select 1');
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

function queryOf(statement: string | Statement, values: readonly unknown[]): pg.QueryConfig {
  return { ...(typeof statement === 'string' ? { text: statement } : statement), values: [...values] };
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** Connection trouble as `unavailable`; anything else as it is. */
export function databaseError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // SQLSTATE classes: 08 connection, 57 operator intervention (shutdown, starting), 53 no resources left.
  const isAway =
    connectionCodes.has(code) ||
    // No socket in the file system; a file that is missing elsewhere is another matter.
    (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') ||
    /^(08|57|53)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|not queryable/i.test(
      error.message,
    ) ||
    (error instanceof AggregateError && error.errors.some((inner) => databaseError(inner) !== inner));
  return isAway ? unavailable('postgres', error) : error;
}
