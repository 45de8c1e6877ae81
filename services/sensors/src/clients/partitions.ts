import type { Database, Queryable } from '@sillage/kit';
import { missingRanges, type PartitionRange, readRange } from '../domain/partition-range.ts';

export interface PartitionsOptions {
  readonly database: Database;
  /** A table of schema sensors that is partitioned by `time_ms`. */
  readonly table: string;
  readonly widthMs: number;
}

interface Partition extends PartitionRange {
  readonly name: string;
}

/** The partitions of one table: made before they are needed, dropped when all they hold is past its retention. */
export class Partitions {
  readonly #options: PartitionsOptions;
  #known: readonly PartitionRange[] = [];

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  /** Makes those that times need; what is known to be there costs nothing. */
  async ensure(timesMs: Iterable<number>): Promise<void> {
    const { database, table, widthMs } = this.#options;
    const times = [...timesMs];
    if (missingRanges(times, widthMs, this.#known).length === 0) return;
    this.#known = await database.transaction(async (connection) => {
      // Of several pods one makes them and the others find them.
      await connection.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [`sensors.${table}`]);
      const known = await this.#list(connection);
      const missing = missingRanges(times, widthMs, known);
      for (const from of missing) {
        const name = `sensors.${table}_${from / widthMs}`;
        // Attached, not made in place: that would wait for every query on the table, and hold up those behind it.
        await connection.query(`create table if not exists ${name} (like sensors.${table} including all)`);
        await connection.query(
          `alter table sensors.${table} attach partition ${name} for values from (${from}) to (${from + widthMs})`,
        );
      }
      return [...known, ...missing.map((fromMs) => ({ fromMs, toMs: fromMs + widthMs }))];
    });
  }

  /** Forgets what is known to be there: another pod may have dropped it. */
  forget(): void {
    this.#known = [];
  }

  /** Those that hold nothing from `beforeMs` on. */
  async past(beforeMs: number): Promise<readonly string[]> {
    return (await this.#list(this.#options.database))
      .filter(({ toMs }) => toMs <= beforeMs)
      .map(({ name }) => name);
  }

  /**
   * Drops a partition after `settle` has done what must be done with it. Gives up after seconds where a long query is
   * in its way, so that nothing queues up behind it.
   */
  async drop(name: string, settle: (connection: Queryable) => Promise<void>): Promise<void> {
    await this.#options.database.transaction(async (connection) => {
      await connection.query(`set local lock_timeout = '3s'`);
      await settle(connection);
      await connection.query(`drop table ${name}`);
    });
    this.forget();
  }

  async #list(queryable: Queryable): Promise<readonly Partition[]> {
    const rows = await queryable.query<{ name: string; bound: string }>(
      `select part.oid::regclass::text as name, pg_get_expr(part.relpartbound, part.oid) as bound
       from pg_inherits join pg_class as part on part.oid = inhrelid
       where inhparent = $1::regclass`,
      [`sensors.${this.#options.table}`],
    );
    return rows.flatMap(({ name, bound }) => {
      const range = readRange(bound);
      return range ? [{ name, ...range }] : [];
    });
  }
}
