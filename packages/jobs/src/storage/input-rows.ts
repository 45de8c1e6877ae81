import { AppError } from '@sillage/kit';
import { predictChunkRows } from '../chunking.ts';
import { jobKeys, type ObjectStore } from './object-store.ts';

/** One row of a prediction job's input. */
export interface InputRow {
  /** A SMILES, or the text that could not be read as a row. */
  readonly smiles: string;
  /** Line of the uploaded file, from 1. */
  readonly line?: number;
  /** Why this line holds no molecule; such a row fails without being asked of a model. */
  readonly fault?: string;
}

/** Where a chunk's rows lie within an object. */
export interface InputPlace {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** Where a chunk's rows are: in an object, or here where the whole input is small. */
export type ChunkInput = InputPlace | string;

export interface InputChunk {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly input: ChunkInput;
}

/** Chunks are gathered to objects of about this size: few requests, and no more than this in memory. */
const segmentBytes = 1024 * 1024;
/** An input up to this size goes with the rows of its chunks: less than an object of its own costs. */
const inlineBytes = 16 * 1024;

/** Writes a job's input as it comes in, one JSON row a line, chunk after chunk. */
export class InputWriter {
  readonly #store: ObjectStore;
  readonly #jobId: string;
  readonly #maxRows: number;
  readonly #beforeWriting: () => Promise<void>;
  readonly #chunks: (InputChunk & { readonly input: InputPlace })[] = [];
  #segment = 0;
  #isWriting = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lines: string[] = [];
  #rows = 0;

  constructor(options: {
    store: ObjectStore;
    jobId: string;
    maxRows: number;
    /** Called before the first object is written; never where the input is small. */
    beforeWriting: () => Promise<void>;
  }) {
    this.#store = options.store;
    this.#jobId = options.jobId;
    this.#maxRows = options.maxRows;
    this.#beforeWriting = options.beforeWriting;
  }

  /** Whether there may be objects. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Throws `too_large` past the limit. */
  async add(row: InputRow): Promise<void> {
    if (this.#rows === this.#maxRows) {
      throw new AppError('too_large', `a job may have ${this.#maxRows} molecules; send the rest in another`);
    }
    this.#rows += 1;
    this.#lines.push(JSON.stringify({ ...row, smiles: row.smiles.toWellFormed() }));
    if (this.#lines.length === predictChunkRows) await this.#endChunk();
  }

  /** The chunks, all that is not with them written; throws `invalid_input` when there are none. */
  async end(): Promise<readonly InputChunk[]> {
    if (this.#lines.length > 0) await this.#endChunk();
    if (this.#rows === 0) throw new AppError('invalid_input', 'the input has no molecule');
    if (!this.#isWriting && this.#pendingBytes <= inlineBytes) {
      return this.#chunks.map((chunk, index) => ({ ...chunk, input: String(this.#pending[index]) }));
    }
    await this.#flush();
    return this.#chunks;
  }

  async #endChunk(): Promise<void> {
    const bytes = Buffer.from(this.#lines.map((line) => `${line}\n`).join(''));
    const rowCount = this.#lines.length;
    this.#lines = [];
    this.#chunks.push({
      index: this.#chunks.length,
      firstRow: this.#rows - rowCount,
      rowCount,
      input: { segment: this.#segment, offset: this.#pendingBytes, length: bytes.length },
    });
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= segmentBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    if (!this.#isWriting) {
      await this.#beforeWriting();
      this.#isWriting = true;
    }
    await this.#store.put(jobKeys.input(this.#jobId, this.#segment), Buffer.concat(this.#pending));
    this.#segment += 1;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

/** The rows of one chunk; throws when they are not there. */
export async function readInput(store: ObjectStore, jobId: string, input: ChunkInput): Promise<InputRow[]> {
  const text = typeof input === 'string' ? input : await readObject(store, jobId, input);
  // Written by our own gateway, in this very module.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as InputRow);
}

async function readObject(
  store: ObjectStore,
  jobId: string,
  { segment, offset, length }: InputPlace,
): Promise<string> {
  const bytes = await store.get(jobKeys.input(jobId, segment), { start: offset, length });
  if (bytes?.length !== length) throw new Error(`input ${segment} of job ${jobId} is not whole`);
  return bytes.toString('utf8');
}

/** Columns of a chunk that say where its input is. */
export interface InputColumns {
  readonly input_segment: number | null;
  readonly input_offset: string | null;
  readonly input_length: number | null;
  readonly input_text: string | null;
}

/** Undefined: a chunk that needs none. */
export function inputOf(chunk: InputColumns): ChunkInput | undefined {
  const { input_segment: segment, input_offset: offset, input_length: length } = chunk;
  if (chunk.input_text !== null) return chunk.input_text;
  if (segment === null || offset === null || length === null) return undefined;
  return { segment, offset: Number(offset), length };
}
