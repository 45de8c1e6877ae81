import type { Database } from '@sillage/kit';
import { type Grant, slotsPerWindow } from '../domain/sliding-window.ts';
import type { Debt, IdentityAsk, Membership, SharedCounts } from './shared-counts.ts';

const gatewayLifeS = 15;
/** Counts that no window holds any more are removed so often. */
const sweepEveryMs = 60_000;

/** Counts of the limits in Postgres, for fleets without Redis. They outlive a restart of Postgres. */
export class PostgresCounts implements SharedCounts {
  readonly #database: Database;
  readonly #now: (() => number) | undefined;
  #sweptMs = 0;

  /** `now` replaces the clock of Postgres; for tests. */
  constructor(database: Database, now?: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async take(asks: readonly IdentityAsk[]): Promise<readonly Grant[]> {
    type Row = { granted: number; used: number; reset_ms: number; slot: string };
    const rows = await this.#database.query<Row>('select * from gateway.take($1, $2, $3, $4, $5)', [
      asks.map(({ identity }) => identity),
      asks.map(({ limit }) => limit),
      asks.map(({ windowMs }) => windowMs),
      asks.map(({ wanted }) => wanted),
      this.#now?.() ?? null,
    ]);
    return rows.map(({ granted, used, reset_ms, slot }) => ({
      granted,
      used,
      resetMs: reset_ms,
      slot: Number(slot),
    }));
  }

  async join(gateway: string): Promise<Membership> {
    await this.#database.query(
      `insert into gateway.members (id, seen_at) values ($1, now())
       on conflict (id) do update set seen_at = excluded.seen_at`,
      [gateway],
    );
    if (performance.now() - this.#sweptMs > sweepEveryMs) {
      this.#sweptMs = performance.now();
      await this.#database.query('delete from gateway.admissions where ends_at < now()');
      await this.#database.query(
        `delete from gateway.members where seen_at < now() - make_interval(secs => $1)`,
        [gatewayLifeS],
      );
    }
    const [row] = await this.#database.query<{ count: number }>(
      `select count(*)::int as count from gateway.members where seen_at >= now() - make_interval(secs => $1)`,
      [gatewayLifeS],
    );
    // What was counted is still there after a restart, so there is only ever one run.
    return { run: 'postgres', gateways: row?.count ?? 1 };
  }

  async add(debts: readonly Debt[]): Promise<void> {
    const rows = debts.flatMap(({ identity, windowMs, counts }) =>
      counts.map(({ slot, count }) => ({
        identity,
        slot,
        count,
        endMs: (slot + slotsPerWindow + 1) * (windowMs / slotsPerWindow),
      })),
    );
    if (rows.length === 0) return;
    await this.#database.query(
      `insert into gateway.admissions as a (identity, slot, admitted, ends_at)
       select identity, slot, admitted, to_timestamp(end_ms / 1000)
       from unnest($1::text[], $2::bigint[], $3::int[], $4::double precision[]) as debt (identity, slot, admitted, end_ms)
       order by identity, slot
       on conflict (identity, slot) do update set admitted = a.admitted + excluded.admitted`,
      [
        rows.map(({ identity }) => identity),
        rows.map(({ slot }) => slot),
        rows.map(({ count }) => count),
        rows.map(({ endMs }) => endMs),
      ],
    );
  }

  async leave(gateway: string): Promise<void> {
    await this.#database.query('delete from gateway.members where id = $1', [gateway]);
  }
}
