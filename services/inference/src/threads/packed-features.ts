import { ATOM_FIELDS, type OdourFeatures } from '@sillage/chem';

/**
 * Features of one molecule in a block that all threads share. The features of a molecule are some 3 kB in three
 * arrays; copying them between threads array by array took as long as computing them.
 */
export interface PackedFeatures {
  readonly block: SharedArrayBuffer;
  /** Where the molecule begins in the block, bytes. */
  readonly at: number;
  readonly atomCount: number;
  /** Length of `environment`. */
  readonly width: number;
  /** Length of `relation`; 0 for a model that takes counts alone. */
  readonly pairs: number;
  readonly knownFraction: number;
}

/** Puts molecules side by side in one block. */
export function packFeatures(list: readonly OdourFeatures[]): PackedFeatures[] {
  let bytes = 0;
  for (const { atoms, relation, environment } of list) {
    bytes += sizeOf(atoms.length, environment.length, relation.length);
  }
  const block = new SharedArrayBuffer(bytes);
  const integers = new Int32Array(block);
  const numbers = new Float32Array(block);
  const small = new Uint8Array(block);
  let at = 0;
  return list.map(({ atomCount, knownFraction, atoms, environment, relation }) => {
    const packed = {
      block,
      at,
      atomCount,
      width: environment.length,
      pairs: relation.length,
      knownFraction,
    };
    integers.set(atoms, at / 4);
    numbers.set(environment, at / 4 + atoms.length);
    small.set(relation, at + 4 * (atoms.length + environment.length));
    at += sizeOf(atoms.length, environment.length, relation.length);
    return packed;
  });
}

/** Views on the block; nothing is copied. */
export function unpackFeatures(packed: PackedFeatures): OdourFeatures {
  const { block, at, atomCount, width, pairs, knownFraction } = packed;
  const atoms = pairs === 0 ? 0 : atomCount * ATOM_FIELDS;
  return {
    atomCount,
    knownFraction,
    atoms: new Int32Array(block, at, atoms),
    environment: new Float32Array(block, at + 4 * atoms, width),
    relation: new Uint8Array(block, at + 4 * (atoms + width), pairs),
  };
}

/** Bytes of one molecule; a multiple of 4, because the next one begins with 32-bit integers. */
function sizeOf(atoms: number, width: number, pairs: number): number {
  return Math.ceil((4 * (atoms + width) + pairs) / 4) * 4;
}

/**
 * Molecules as they go from thread to thread: columns instead of an object for each, whose copying took longer than the
 * model. The molecules of a batch lie in few blocks.
 */
export interface PackedRows {
  readonly blocks: readonly SharedArrayBuffer[];
  /** Of each molecule five numbers: its block, `at`, `atomCount`, `width`, `pairs`. */
  readonly places: Int32Array;
  readonly known: Float64Array;
}

const NUMBERS = 5;

export function toColumns(rows: readonly PackedFeatures[]): PackedRows {
  const blocks: SharedArrayBuffer[] = [];
  const places = new Int32Array(rows.length * NUMBERS);
  const known = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const packed = rows[row];
    if (packed === undefined) break;
    let block = blocks.indexOf(packed.block);
    if (block < 0) block = blocks.push(packed.block) - 1;
    const place = row * NUMBERS;
    places[place] = block;
    places[place + 1] = packed.at;
    places[place + 2] = packed.atomCount;
    places[place + 3] = packed.width;
    places[place + 4] = packed.pairs;
    known[row] = packed.knownFraction;
  }
  return { blocks, places, known };
}

export function fromColumns({ blocks, places, known }: PackedRows): PackedFeatures[] {
  return Array.from(known, (knownFraction, row) => {
    const place = row * NUMBERS;
    const block = blocks[places[place] ?? 0];
    if (block === undefined) throw new Error('a molecule lies in no block');
    return {
      block,
      at: places[place + 1] ?? 0,
      atomCount: places[place + 2] ?? 0,
      width: places[place + 3] ?? 0,
      pairs: places[place + 4] ?? 0,
      knownFraction,
    };
  });
}
