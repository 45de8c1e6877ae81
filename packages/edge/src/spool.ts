import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';

/** What goes when the spool is full and the sensor cannot wait. */
export const fullPolicies = ['oldest', 'newest'] as const;
export type FullPolicy = (typeof fullPolicies)[number];

export interface SpoolOptions {
  /** A file of SQLite; `:memory:` for none. */
  readonly path: string;
  /** Of readings as text. The file is somewhat larger, and does not shrink. */
  readonly maxBytes: number;
  readonly full: FullPolicy;
}

/** A message that has its number: the same readings under the same number, however often it is sent. */
export interface SealedMessage {
  readonly seq: number;
  /** Readings as the API takes them. */
  readonly readings: readonly string[];
}

export interface SpoolCounts {
  readonly readings: number;
  readonly bytes: number;
  /** When the oldest reading was spooled, Unix milliseconds; undefined: there is none. */
  readonly oldestMs: number | undefined;
  readonly refused: number;
}

/** Where a source stands that can be read again; kept with the readings, so that both are there or neither. */
export interface SourcePosition {
  readonly source: string;
  readonly value: string;
}

/** Kept of refused readings; the oldest go first. */
const maxRefused = 10_000;
/** What a row costs beside its text. */
const rowBytes = 64;

const lastSealed = '(select coalesce(max(last_id), 0) from messages)';

const schema = `
create table if not exists state (name text primary key, value text not null) without rowid;
create table if not exists readings (id integer primary key autoincrement, body text not null, spooled_ms integer not null);
create table if not exists messages (seq integer primary key, first_id integer not null, last_id integer not null);
create table if not exists refused (id integer primary key, body text not null, reason text not null, refused_ms integer not null);
`;

/**
 * Store and forward: readings wait here, on disk, until the fleet has settled the message that carries them. A message's
 * bounds are written before it is sent first, so that after any crash the same number carries the same readings, and the
 * fleet's own numbers (services/sensors/src/clients/stream-store.ts) keep it from being stored twice.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #readings: number;
  #bytes: number;
  /** Readings that are in no message yet. */
  #unsealed: number;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#database = open(options.path);
    const row = this.#row(
      `select count(*) as count, coalesce(sum(octet_length(body) + ${rowBytes}), 0) as bytes from readings`,
    );
    this.#readings = Number(row?.['count']);
    this.#bytes = Number(row?.['bytes']);
    const waiting = this.#row(`select count(*) as count from readings where id > ${lastSealed}`);
    this.#unsealed = Number(waiting?.['count']);
    if (this.session === '') this.#begin();
  }

  /** What the fleet knows this spool's numbers by. */
  get session(): string {
    return this.state('session') ?? '';
  }

  /** Number of the last message that the fleet has settled. */
  get settled(): number {
    return Number(this.state('settled') ?? 0);
  }

  /** Whether they fit without another one going. */
  hasRoomFor(bodies: readonly string[]): boolean {
    const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body) + rowBytes, 0);
    return this.#bytes + bytes <= this.#options.maxBytes;
  }

  get isEmpty(): boolean {
    return this.#readings === 0;
  }

  /** Readings that are in no message yet. */
  get unsealed(): number {
    return this.#unsealed;
  }

  counts(): SpoolCounts {
    const oldest = this.#row('select spooled_ms from readings order by id limit 1')?.['spooled_ms'];
    const refused = Number(this.#row('select count(*) as count from refused')?.['count']);
    return {
      readings: this.#readings,
      bytes: this.#bytes,
      oldestMs: oldest === undefined ? undefined : Number(oldest),
      refused,
    };
  }

  /** Something small to be kept, by name. */
  state(name: string): string | undefined {
    const value = this.#row('select value from state where name = ?', name)?.['value'];
    return value === undefined ? undefined : String(value);
  }

  setState(name: string, value: string): void {
    this.#run(
      'insert into state values (?, ?) on conflict (name) do update set value = excluded.value',
      name,
      value,
    );
  }

  /** On disk when this returns. Returns how many readings had to go for want of room. */
  append(bodies: readonly string[], nowMs: number, position?: SourcePosition): number {
    return this.#transaction(() => {
      let dropped = 0;
      for (const body of bodies) {
        const bytes = Buffer.byteLength(body) + rowBytes;
        while (
          this.#bytes + bytes > this.#options.maxBytes &&
          this.#options.full === 'oldest' &&
          this.#dropOldest()
        ) {
          dropped += 1;
        }
        if (this.#bytes + bytes > this.#options.maxBytes) {
          dropped += 1;
          continue;
        }
        this.#run('insert into readings (body, spooled_ms) values (?, ?)', body, nowMs);
        this.#readings += 1;
        this.#unsealed += 1;
        this.#bytes += bytes;
      }
      if (position) this.setState(`position ${position.source}`, position.value);
      return dropped;
    });
  }

  position(source: string): string | undefined {
    return this.state(`position ${source}`);
  }

  /** The message with this number, if it is sealed. */
  message(seq: number): SealedMessage | undefined {
    const bounds = this.#row('select first_id, last_id from messages where seq = ?', seq);
    if (!bounds) return undefined;
    const rows = this.#statement('select body from readings where id between ? and ? order by id').all(
      Number(bounds['first_id']),
      Number(bounds['last_id']),
    );
    return { seq, readings: rows.map(({ body }) => String(body)) };
  }

  /** Makes the next message of what waits, in order; undefined: nothing does. */
  seal(limits: { readonly readings: number; readonly bytes: number }): SealedMessage | undefined {
    return this.#transaction(() => {
      const last = this.#row('select seq, last_id from messages order by seq desc limit 1');
      const rows = this.#statement('select id, body from readings where id > ? order by id limit ?').all(
        Number(last?.['last_id'] ?? 0),
        limits.readings,
      );
      const taken: { id: number; body: string }[] = [];
      let bytes = 0;
      for (const row of rows) {
        const body = String(row['body']);
        bytes += Buffer.byteLength(body) + 1;
        if (bytes > limits.bytes && taken.length > 0) break;
        taken.push({ id: Number(row['id']), body });
      }
      const [first] = taken;
      if (!first) return undefined;
      const seq = Number(last?.['seq'] ?? this.settled) + 1;
      this.#run('insert into messages values (?, ?, ?)', seq, first.id, taken.at(-1)?.id ?? first.id);
      this.#unsealed -= taken.length;
      return { seq, readings: taken.map(({ body }) => body) };
    });
  }

  /** The fleet has settled every message up to this one: their readings go. Returns how many. */
  settle(seq: number): number {
    return this.#transaction(() => this.#settle(seq));
  }

  /** The fleet took nothing of this message: its readings are put aside with the reason. Returns how many. */
  refuse(seq: number, reason: string, nowMs: number): number {
    this.setAside(this.message(seq)?.readings ?? [], reason, nowMs);
    return this.settle(seq);
  }

  /** Keeps readings that the fleet did not take, for a person to look at. */
  setAside(bodies: readonly string[], reason: string, nowMs: number): void {
    this.#transaction(() => {
      for (const body of bodies) {
        this.#run('insert into refused (body, reason, refused_ms) values (?, ?, ?)', body, reason, nowMs);
      }
      this.#run(
        'delete from refused where id <= (select id from refused order by id desc limit 1 offset ?)',
        maxRefused,
      );
    });
  }

  /** Readings put aside, oldest first. */
  *refused(): Generator<{ readonly reading: string; readonly reason: string }> {
    for (const { body, reason } of this.#statement(
      'select body, reason from refused order by id',
    ).iterate()) {
      yield { reading: String(body), reason: String(reason) };
    }
  }

  /**
   * Takes what the fleet knows of this session: what it settled unheard goes. Where it knows less than was settled, or
   * more than was ever sent (another database, or an old copy of this file), the numbers begin anew under another name.
   * Returns how many readings went.
   */
  reconcile(settledThere: number): number | 'begins_anew' {
    const last = Number(this.#row('select max(seq) as seq from messages')?.['seq'] ?? this.settled);
    if (settledThere >= this.settled && settledThere <= last) return this.settle(settledThere);
    this.#transaction(() => this.#begin());
    return 'begins_anew';
  }

  close(): void {
    this.#database.close();
  }

  #begin(): void {
    this.setState('session', `edge-${randomUUID()}`);
    this.setState('settled', '0');
    this.#run('delete from messages');
    this.#unsealed = this.#readings;
  }

  #settle(seq: number): number {
    if (seq <= this.settled) return 0;
    const lastId = this.#row('select last_id from messages where seq = ?', seq)?.['last_id'];
    const gone = this.#row(
      `select count(*) as count, coalesce(sum(octet_length(body) + ${rowBytes}), 0) as bytes from readings where id <= ?`,
      Number(lastId ?? 0),
    );
    this.#run('delete from readings where id <= ?', Number(lastId ?? 0));
    this.#run('delete from messages where seq <= ?', seq);
    this.setState('settled', String(seq));
    this.#readings -= Number(gone?.['count']);
    this.#bytes -= Number(gone?.['bytes']);
    return Number(gone?.['count']);
  }

  /** What is in a sealed message stays: its number is promised to the fleet. */
  #dropOldest(): boolean {
    const row = this.#row(
      `delete from readings where id = (
         select min(id) from readings where id > ${lastSealed}
       ) returning octet_length(body) as bytes`,
    );
    if (!row) return false;
    this.#readings -= 1;
    this.#unsealed -= 1;
    this.#bytes -= Number(row['bytes']) + rowBytes;
    return true;
  }

  #transaction<T>(work: () => T): T {
    const before = { readings: this.#readings, bytes: this.#bytes, unsealed: this.#unsealed };
    this.#database.exec('begin immediate');
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      this.#readings = before.readings;
      this.#bytes = before.bytes;
      this.#unsealed = before.unsealed;
      throw error;
    }
  }

  #row(sql: string, ...values: (string | number)[]): Record<string, SQLOutputValue> | undefined {
    return this.#statement(sql).get(...values);
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

/** Opens the file, or makes it. A damaged one is put beside, since readings that come matter more than it does. */
function open(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return prepare(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/locked|busy/i.test(reason))
      throw new Error(`another agent works with the spool ${path}: one file, one agent`);
    if (!/malformed|not a database/i.test(reason) || !existsSync(path)) {
      throw new Error(`the spool ${path} cannot be opened: ${reason}`);
    }
    for (const end of ['', '-wal', '-shm']) {
      if (existsSync(path + end)) renameSync(path + end, `${path}.damaged${end}`);
    }
    return prepare(path);
  }
}

function prepare(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    // One process at a time; each transaction is on the disk when it is done, through a loss of power too.
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;');
    database.exec(`begin immediate; ${schema} commit;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
