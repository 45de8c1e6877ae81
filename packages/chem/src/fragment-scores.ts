import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Of a fragment that the table does not have. */
const UNKNOWN = -4;

/**
 * How common each environment of radius 0-2 is among a million molecules of PubChem (Ertl and Schuffenhauer,
 * J. Cheminform. 2009, 1, 8): 705,292 of them. 4.5 MB in shared memory, so that the threads of a process can have one.
 */
export class FragmentScores {
  /** What the table is made of: hand it to another thread and make it again there. */
  readonly memory: SharedArrayBuffer;
  readonly #ids: Uint32Array;
  readonly #classes: Uint16Array;
  readonly #scores: Float32Array;
  /** Number of ids whose upper 16 bits are lower: where to look. */
  readonly #start: Uint32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    const [count = 0, classes = 0] = new Uint32Array(memory, 0, 2);
    const { idsAt, scoresAt, classesAt } = layout(count, classes);
    this.#start = new Uint32Array(memory, headerBytes, prefixes + 1);
    this.#ids = new Uint32Array(memory, idsAt, count);
    this.#scores = new Float32Array(memory, scoresAt, classes);
    this.#classes = new Uint16Array(memory, classesAt, count);
  }

  /** Reads the table of this package, in some 30 ms. Throws when the file is not as described. */
  static load(file: URL = new URL('../data/fragment-scores.bin.gz', import.meta.url)): FragmentScores {
    const bytes = gunzipSync(readFileSync(file));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(0, true);
    const classes = view.getUint32(4, true);
    const planes = 8 + 2 * classes;
    if (bytes.byteLength !== planes + 5 * count) throw new Error('the table of fragment scores is cut off');
    const { idsAt, scoresAt, classesAt, bytes: size } = layout(count, classes);
    const memory = new SharedArrayBuffer(size);
    new Uint32Array(memory, 0, 2).set([count, classes]);
    const scores = new Float32Array(memory, scoresAt, classes);
    for (let index = 0; index < classes; index++) scores[index] = view.getInt16(8 + 2 * index, true) / 1e4;
    const ids = new Uint32Array(memory, idsAt, count);
    const classOf = new Uint16Array(memory, classesAt, count);
    const start = new Uint32Array(memory, headerBytes, prefixes + 1);
    // Bytes of equal weight stand together, which gzip likes better: three of the gap to the id before, two of the class.
    const plane = (number: number, index: number) => bytes[planes + number * count + index] ?? 0;
    let id = 0;
    for (let index = 0; index < count; index++) {
      id += plane(0, index) + plane(1, index) * 0x100 + plane(2, index) * 0x10000;
      ids[index] = id;
      classOf[index] = plane(3, index) + plane(4, index) * 0x100;
      const prefix = Math.floor(id / 0x10000) + 1;
      start[prefix] = (start[prefix] ?? 0) + 1;
    }
    for (let prefix = 1; prefix <= prefixes; prefix++) {
      start[prefix] = (start[prefix] ?? 0) + (start[prefix - 1] ?? 0);
    }
    return new FragmentScores(memory);
  }

  /** Logarithm of how often the environment occurs against what is usual; -4 for one that is not in the table. */
  of(environment: number): number {
    const prefix = Math.floor(environment / 0x10000);
    const end = this.#start[prefix + 1] ?? 0;
    // Some eleven ids share their upper half.
    for (let index = this.#start[prefix] ?? 0; index < end; index++) {
      if (this.#ids[index] === environment) return this.#scores[this.#classes[index] ?? 0] ?? UNKNOWN;
    }
    return UNKNOWN;
  }
}

const headerBytes = 8;
const prefixes = 0x10000;

/** Counts, starts, ids, scores, classes: in this order, so that each is aligned to its own width. */
function layout(count: number, classes: number) {
  const idsAt = headerBytes + 4 * (prefixes + 1);
  const scoresAt = idsAt + 4 * count;
  const classesAt = scoresAt + 4 * classes;
  return { idsAt, scoresAt, classesAt, bytes: classesAt + 2 * count };
}
