import { type Adjacency, adjacencyOf } from './adjacency.ts';
import type { MolGraph } from './graph.ts';

/**
 * Circular environments of Rogers and Hahn (J. Chem. Inf. Model. 2010, 50, 742), with the numbers that RDKit gives
 * them: `GetMorganGenerator(radius=2)` counts the same ones, bit for bit. A table keyed by RDKit's numbers can be
 * read only so; the golden file holds both to it.
 */

const RADIUS = 2;
/** RDKit's number of the bond types 1-4; an aromatic bond is its 12. */
const BOND_TYPES = [0, 1, 2, 3, 12];

/** Bits of a fingerprint. */
const FINGERPRINT_BITS = 2048;

/** 2,048 bits in 64 words, and how many of them are set. */
export interface Fingerprint {
  readonly words: Uint32Array;
  readonly bits: number;
}

/** Numbers of the environments of radius 0, 1 and 2, one for each place they occur at; isotopes and stereo left out. */
export function morganEnvironments(
  graph: MolGraph,
  adjacency: Adjacency = adjacencyOf(graph),
): readonly number[] {
  const n = graph.atoms.length;
  const { offset, neighbour, order, bond } = adjacency;
  let current = atomInvariants(graph, adjacency);
  const found: number[] = [...current];

  // The bonds of each atom's environment as a bit set; two atoms with the same bonds have the same environment.
  const width = Math.max(1, Math.ceil(graph.bonds.length / 32));
  let covered = new Uint32Array(n * width);
  const seen: Uint32Array[] = [];
  const dead = new Uint8Array(n);
  // Neighbours of the atom in hand, sorted: used again for each.
  const types: number[] = [];
  const invariants: number[] = [];
  for (let layer = 0; layer < RADIUS; layer++) {
    const next = new Uint32Array(n);
    const wider = covered.slice();
    const round: { readonly set: Uint32Array; readonly hash: number; readonly atom: number }[] = [];
    for (let i = 0; i < n; i++) {
      const from = offset[i] ?? 0;
      const to = offset[i + 1] ?? 0;
      if (dead[i] === 1 || from === to) continue;
      const set = wider.subarray(i * width, (i + 1) * width);
      for (let k = from; k < to; k++) {
        const other = neighbour[k] ?? 0;
        const index = bond[k] ?? 0;
        set[index >> 5] = (set[index >> 5] ?? 0) | (1 << (index & 31));
        for (let w = 0; w < width; w++) set[w] = (set[w] ?? 0) | (covered[other * width + w] ?? 0);
        insert(types, invariants, k - from, BOND_TYPES[order[k] ?? 0] ?? 1, current[other] ?? 0);
      }
      let hash = combine(layer, current[i] ?? 0);
      for (let k = 0; k < to - from; k++) {
        hash = combine(hash, combine(combine(0, types[k] ?? 0), invariants[k] ?? 0));
      }
      next[i] = hash;
      round.push({ set, hash, atom: i });
    }
    // Of several atoms with one environment, the one with the lowest number speaks for it.
    round.sort((a, b) => a.hash - b.hash || a.atom - b.atom);
    for (const { set, hash, atom } of round) {
      if (seen.some((other) => isSame(other, set))) dead[atom] = 1;
      else {
        seen.push(set);
        found.push(hash);
      }
    }
    current = next;
    covered = wider;
  }
  return found;
}

/** The environments folded into 2,048 bits, as RDKit folds them. */
export function morganFingerprint(environments: readonly number[]): Fingerprint {
  const words = new Uint32Array(FINGERPRINT_BITS / 32);
  let bits = 0;
  for (const environment of environments) {
    const bit = environment % FINGERPRINT_BITS;
    const word = words[bit >> 5] ?? 0;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) continue;
    words[bit >> 5] = word | mask;
    bits++;
  }
  return { words, bits };
}

/** Tanimoto coefficient, 0-1: bits in both over bits in either; 1 for two empty ones. */
export function tanimoto(a: Fingerprint, b: Fingerprint): number {
  let common = 0;
  for (let w = 0; w < a.words.length; w++) common += popcount((a.words[w] ?? 0) & (b.words[w] ?? 0));
  const either = a.bits + b.bits - common;
  return either === 0 ? 1 : common / either;
}

function atomInvariants(graph: MolGraph, { offset, neighbour }: Adjacency): Uint32Array {
  const isInRing = new Uint8Array(graph.atoms.length);
  for (const ring of graph.rings) for (const atom of ring) isInRing[atom] = 1;
  // Only in H2 is a hydrogen's neighbour an atom of the graph and a hydrogen.
  const hydrogenAtoms = (i: number) => {
    let count = 0;
    for (let k = offset[i] ?? 0; k < (offset[i + 1] ?? 0); k++) {
      if (graph.atoms[neighbour[k] ?? 0]?.atomicNumber === 1) count++;
    }
    return count;
  };
  return Uint32Array.from(graph.atoms, ({ atomicNumber, hydrogens, charge }, i) => {
    const degree = (offset[i + 1] ?? 0) - (offset[i] ?? 0);
    let hash = combine(0, atomicNumber);
    hash = combine(hash, degree + hydrogens);
    hash = combine(hash, hydrogens + hydrogenAtoms(i));
    hash = combine(hash, charge);
    // The difference of the atom's mass from its element's: 0 without isotopes.
    hash = combine(hash, 0);
    return isInRing[i] === 1 ? combine(hash, 1) : hash;
  });
}

/** Puts a neighbour among the `count` sorted ones before it: by bond type, then by invariant. */
function insert(types: number[], invariants: number[], count: number, type: number, invariant: number): void {
  let at = count;
  for (; at > 0; at--) {
    const before = types[at - 1] ?? 0;
    if (before < type || (before === type && (invariants[at - 1] ?? 0) <= invariant)) break;
    types[at] = before;
    invariants[at] = invariants[at - 1] ?? 0;
  }
  types[at] = type;
  invariants[at] = invariant;
}

/** boost::hash_combine in 32 bits. */
function combine(seed: number, value: number): number {
  return (seed ^ (value + 0x9e3779b9 + (seed << 6) + (seed >>> 2))) >>> 0;
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  for (let w = 0; w < a.length; w++) if (a[w] !== b[w]) return false;
  return true;
}

function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
