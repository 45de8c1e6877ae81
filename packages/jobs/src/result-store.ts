import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Database, Queryable } from '@sillage/kit';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Under which key one chunk's rows lie. */
export interface ChunkKey {
  readonly jobId: string;
  readonly index: number;
}

/** Where the rows of finished chunks lie. What is written under a key is written once and never changed. */
export interface ResultStore {
  /**
   * Keeps a chunk's rows. Runs inside the transaction that finishes the chunk: a store outside Postgres writes
   * under the key first, and rows of a transaction that fails are written over by the next attempt.
   */
  write(connection: Queryable, key: ChunkKey, packed: Buffer): Promise<void>;
  /** The rows of a chunk that has succeeded; undefined when they are not there. */
  read(key: ChunkKey): Promise<Buffer | undefined>;
}

/** Rows kept beside the chunk they belong to. */
export class PostgresResultStore implements ResultStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async write(connection: Queryable, key: ChunkKey, packed: Buffer): Promise<void> {
    await connection.query('update jobs.job_chunks set result = $3 where job_id = $1 and chunk_index = $2', [
      key.jobId,
      key.index,
      packed,
    ]);
  }

  async read(key: ChunkKey): Promise<Buffer | undefined> {
    const [row] = await this.#database.query<{ result: Buffer | null }>(
      `select result from jobs.job_chunks where job_id = $1 and chunk_index = $2 and state = 'succeeded'`,
      [key.jobId, key.index],
    );
    return row?.result ?? undefined;
  }
}

/** NDJSON lines as they are kept; off the event loop. */
export async function packLines(lines: readonly string[]): Promise<Buffer> {
  return compress(lines.map((line) => `${line}\n`).join(''));
}

export async function unpackLines(packed: Buffer): Promise<string> {
  return (await decompress(packed)).toString('utf8');
}
