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
  readonly knownFraction: number;
}

/** Puts molecules side by side in one block. */
export function packFeatures(list: readonly OdourFeatures[]): PackedFeatures[] {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { atomCount, environment } of list) {
    offsets.push(bytes);
    bytes += sizeOf(atomCount, environment.length);
  }
  const block = new SharedArrayBuffer(bytes);
  return list.map((features, index) => {
    const { atomCount, knownFraction, environment } = features;
    const packed = { block, at: offsets[index] ?? 0, atomCount, width: environment.length, knownFraction };
    const views = unpackFeatures(packed);
    views.atoms.set(features.atoms);
    views.environment.set(environment);
    views.relation.set(features.relation);
    return packed;
  });
}

/** Views on the block; nothing is copied. */
export function unpackFeatures({
  block,
  at,
  atomCount,
  width,
  knownFraction,
}: PackedFeatures): OdourFeatures {
  const atoms = atomCount * ATOM_FIELDS;
  return {
    atomCount,
    knownFraction,
    atoms: new Int32Array(block, at, atoms),
    environment: new Float32Array(block, at + 4 * atoms, width),
    relation: new Uint8Array(block, at + 4 * (atoms + width), atomCount * atomCount),
  };
}

/** Bytes of one molecule; a multiple of 4, because the next one begins with 32-bit integers. */
function sizeOf(atomCount: number, width: number): number {
  const bytes = 4 * (atomCount * ATOM_FIELDS + width) + atomCount * atomCount;
  return Math.ceil(bytes / 4) * 4;
}
