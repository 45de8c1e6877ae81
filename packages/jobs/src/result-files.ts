import { createHash, randomUUID } from 'node:crypto';
import type { Database, Row } from '@sillage/kit';
import { jobKeys, type ObjectStore } from './storage/object-store.ts';
import type { ResultFile, ResultPart } from './types.ts';

/** Objects of a file are about this large: a part of a download, and what is held in memory while it is made. */
const segmentBytes = 4 * 1024 * 1024;
/** Files made at the same time by one process; more wait. */
const maxBuilds = 2;

/** A file that is made, or being made; its segments can be read as they come. */
interface Build {
  readonly id: string;
  readonly sizes: number[];
  state: 'building' | 'done' | 'failed';
  error?: unknown;
  /** Replaced each time it is resolved. */
  changed: PromiseWithResolvers<void>;
}

/** What tells these finished chunks from any others of the job. */
function sourceOf(parts: readonly ResultPart[]): string {
  const hash = createHash('sha256');
  for (const { name } of parts) hash.update(`${name}\n`);
  return hash.digest('base64url');
}

/** The rows as they are kept: a file that need not be made, since the size of each part is known. */
export function rowsFile(parts: readonly ResultPart[]): ResultFile {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return {
    etag: `"${sourceOf(parts)}"`,
    bytes,
    size: async () => bytes,
    read: async function* (start, end) {
      let offset = 0;
      for (const part of parts) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, part.bytes);
        offset += part.bytes;
        if (from < to) yield Buffer.from(await part.read()).subarray(from, to);
        if (offset >= end) return;
      }
    },
  };
}

/**
 * Files of other formats. Made once into storage, apart from whoever asked first: a reader follows the making, may
 * break off, and resumes from what lies there, at any gateway once it is whole.
 */
export class ResultFiles {
  readonly #database: Database;
  readonly #storage: ObjectStore;
  readonly #builds = new Map<string, Build>();
  readonly #stopping = new AbortController();
  #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: { readonly database: Database; readonly storage: ObjectStore }) {
    this.#database = options.database;
    this.#storage = options.storage;
  }

  /** The file of a job that has ended; `encode` makes its bytes where it is not there yet. */
  async open(request: {
    readonly jobId: string;
    readonly format: string;
    readonly parts: readonly ResultPart[];
    readonly encode: () => AsyncIterable<string | Uint8Array>;
  }): Promise<ResultFile> {
    const { jobId, format, parts } = request;
    const source = sourceOf(parts);
    const key = `${jobId} ${format} ${source}`;
    const running = this.#builds.get(key);
    if (running) return this.#file(jobId, running);
    const [made] = await this.#database.query<Row & { build: string; segments: number[] }>(
      'select build, segments from jobs.job_files where job_id = $1 and format = $2 and source = $3',
      [jobId, format, source],
    );
    if (made) return this.#file(jobId, newBuild(made.build, made.segments));
    // Somebody else may have begun while we asked.
    const begun = this.#builds.get(key);
    if (begun) return this.#file(jobId, begun);
    const build = newBuild(randomUUID());
    this.#builds.set(key, build);
    void this.#make(build, { ...request, source }).finally(() => this.#builds.delete(key));
    return this.#file(jobId, build);
  }

  /** Ends what is being made. */
  close(): void {
    this.#stopping.abort(new DOMException('the gateway stops', 'AbortError'));
  }

  async #make(
    build: Build,
    request: {
      readonly jobId: string;
      readonly format: string;
      readonly source: string;
      readonly encode: () => AsyncIterable<string | Uint8Array>;
    },
  ): Promise<void> {
    const { jobId, format, source } = request;
    await this.#enter();
    try {
      let pending: Uint8Array[] = [];
      let bytes = 0;
      const flush = async () => {
        await this.#storage.put(jobKeys.file(jobId, build.id, build.sizes.length), Buffer.concat(pending));
        build.sizes.push(bytes);
        pending = [];
        bytes = 0;
        tell(build);
      };
      for await (const piece of request.encode()) {
        this.#stopping.signal.throwIfAborted();
        const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
        pending.push(chunk);
        bytes += chunk.length;
        if (bytes >= segmentBytes) await flush();
      }
      if (bytes > 0) await flush();
      await this.#database.query(
        `insert into jobs.job_files (job_id, format, source, build, segments) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [jobId, format, source, build.id, JSON.stringify(build.sizes)],
      );
      build.state = 'done';
    } catch (error) {
      build.error = error;
      build.state = 'failed';
    } finally {
      tell(build);
      this.#leave();
    }
  }

  #file(jobId: string, build: Build): ResultFile {
    const settled = async () => {
      while (build.state === 'building') await build.changed.promise;
      if (build.state === 'failed') throw build.error;
    };
    return {
      etag: `"${build.id}"`,
      bytes: build.state === 'done' ? sum(build.sizes) : undefined,
      size: async () => {
        await settled();
        return sum(build.sizes);
      },
      read: (start, end) => readSegments(this.#storage, jobId, build, { start, end }),
    };
  }

  async #enter(): Promise<void> {
    if (this.#running < maxBuilds) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}

function newBuild(id: string, sizes?: readonly number[]): Build {
  const changed = Promise.withResolvers<void>();
  return { id, sizes: [...(sizes ?? [])], state: sizes ? 'done' : 'building', changed };
}

function tell(build: Build): void {
  build.changed.resolve();
  build.changed = Promise.withResolvers();
}

async function* readSegments(
  storage: ObjectStore,
  jobId: string,
  build: Build,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let segment = 0; offset < range.end; segment += 1) {
    while (segment >= build.sizes.length) {
      if (build.state === 'failed') throw build.error;
      if (build.state === 'done') return;
      await build.changed.promise;
    }
    const size = build.sizes[segment] ?? 0;
    const start = Math.max(range.start - offset, 0);
    const length = Math.min(range.end - offset, size) - start;
    offset += size;
    if (length <= 0) continue;
    const bytes = await storage.get(jobKeys.file(jobId, build.id, segment), { start, length });
    if (bytes?.length !== length) throw new Error(`segment ${segment} of file ${build.id} is not whole`);
    yield bytes;
  }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
