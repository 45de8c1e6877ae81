import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { TierEntry } from './tier.ts';

export interface DiskStoreOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly ttlMs: number;
}

const pageBytes = 8192;
/** Share of the entries that makes room when the file has reached its bound, or is about to. */
const evictedShare = 0.1;
const fullShare = 0.9;

interface Statements {
  readonly get: StatementSync;
  readonly set: StatementSync;
  readonly count: StatementSync;
  readonly top: StatementSync;
  readonly expire: StatementSync;
  readonly evict: StatementSync;
}

/**
 * Entries in one SQLite file. A write-ahead log and transactions make it survive a crash of the process or of the
 * machine; `max_page_count` bounds its bytes; several processes may share it. What cannot be read any more is dropped
 * whole: it is a cache. Everything here blocks: it is for a thread of its own.
 */
export class DiskStore {
  readonly #options: DiskStoreOptions;
  #open: { database: DatabaseSync; statements: Statements } | undefined;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  get(keys: readonly string[]): (Uint8Array | undefined)[] {
    const oldest = Date.now() - this.#options.ttlMs;
    return this.#use(({ statements }) =>
      keys.map((key) => {
        const row = statements.get.get(key, oldest);
        return row?.['value'] instanceof Uint8Array ? row['value'] : undefined;
      }),
    );
  }

  set(entries: readonly TierEntry[]): void {
    const write = () =>
      this.#transaction(({ set }) => {
        const now = Date.now();
        for (const { key, value } of entries) set.run(key, now, now, value);
      });
    try {
      write();
    } catch (error) {
      // Where the disk itself is full, throwing rows away would not help.
      const bytes = entries.reduce((sum, { value }) => sum + 2 * value.length, 0);
      if (codeOf(error) !== sqliteFull || this.#usedPages() * pageBytes + bytes < this.#options.maxBytes) {
        throw error;
      }
      this.#evict(2 * entries.length);
      write();
    }
  }

  count(asked: ReadonlyMap<string, number>): void {
    this.#transaction(({ count }) => {
      const now = Date.now();
      for (const [key, times] of asked) count.run(times, now, key);
    });
  }

  mostAsked(limit: number): string[] {
    return this.#use(({ statements }) => statements.top.all(limit).map((row) => String(row['key'])));
  }

  clean(): void {
    this.#use(({ statements }) => statements.expire.run(Date.now() - this.#options.ttlMs));
    if (this.#usedPages() > this.#maxPages * fullShare) this.#evict(0);
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  get #maxPages(): number {
    return Math.max(16, Math.floor(this.#options.maxBytes / pageBytes));
  }

  #usedPages(): number {
    const number = (pragma: string) =>
      this.#use(({ database }) => Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0));
    return number('page_count') - number('freelist_count');
  }

  #evict(atLeast: number): void {
    this.#use(({ database, statements }) => {
      const rows = Number(database.prepare('SELECT count(*) AS rows FROM entries').get()?.['rows'] ?? 0);
      statements.evict.run(Math.max(atLeast, Math.ceil(rows * evictedShare)));
    });
  }

  #transaction(work: (statements: Statements) => void): void {
    this.#use(({ database, statements }) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work(statements);
        database.exec('COMMIT');
      } catch (error) {
        // SQLite has rolled back by itself after some errors; a second time is an error of its own.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #use<T>(work: (open: { database: DatabaseSync; statements: Statements }) => T): T {
    try {
      this.#open ??= this.#reopen();
      return work(this.#open);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#discard();
      this.#open = this.#reopen();
      return work(this.#open);
    }
  }

  /** Closes a file that is damaged and removes it. */
  #discard(): void {
    try {
      this.close();
    } catch {
      this.#open = undefined;
    }
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#file}${end}`, { force: true });
  }

  get #file(): string {
    return join(this.#options.folder, 'predictions.sqlite');
  }

  #reopen(): { database: DatabaseSync; statements: Statements } {
    mkdirSync(this.#options.folder, { recursive: true });
    const database = new DatabaseSync(this.#file, { timeout: 1000 });
    try {
      // NORMAL with a write-ahead log: a crash of the machine may lose the last writes, and nothing else.
      database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        PRAGMA journal_size_limit = 8388608; PRAGMA max_page_count = ${this.#maxPages};
        CREATE TABLE IF NOT EXISTS entries (
          key TEXT PRIMARY KEY, made INTEGER NOT NULL, used INTEGER NOT NULL, asked INTEGER NOT NULL DEFAULT 1,
          value BLOB NOT NULL
        )`);
      const prepare = (sql: string) => database.prepare(sql);
      return {
        database,
        statements: {
          get: prepare('SELECT value FROM entries WHERE key = ? AND made >= ?'),
          set: prepare(`INSERT INTO entries (key, made, used, value) VALUES (?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET made = excluded.made, used = excluded.used, value = excluded.value`),
          count: prepare('UPDATE entries SET asked = asked + ?, used = ? WHERE key = ?'),
          top: prepare('SELECT key FROM entries ORDER BY asked DESC, used DESC LIMIT ?'),
          expire: prepare('DELETE FROM entries WHERE made < ?'),
          evict: prepare(
            'DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY used LIMIT ?)',
          ),
        },
      };
    } catch (error) {
      database.close();
      throw error;
    }
  }
}

const sqliteFull = 13;

/** The primary result code of SQLite; undefined for another kind of error. */
function codeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, and a table of another form: SQLITE_ERROR. */
function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === 11 || code === 26 || code === 1;
}
