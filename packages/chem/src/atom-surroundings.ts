import type { Adjacency } from './adjacency.ts';
import type { Atom, MolGraph } from './graph.ts';

/**
 * What the atom types ask of an atom's heavy neighbours. "Single" means a single or aromatic bond, "aliphatic" and
 * "aromatic" are said of the neighbour.
 */
export interface Surroundings {
  readonly atom: Atom;
  /** Neighbours by a single or aromatic bond. */
  readonly single: readonly number[];
  readonly double: readonly number[];
  readonly triple: readonly number[];
  readonly aromaticBonds: number;
  /** Neighbours and hydrogens. */
  readonly connections: number;
}

/** A question about one atom. */
export type Test = (atom: Atom) => boolean;
export const isAromatic: Test = (atom) => atom.aromatic;
/** Not hydrogen, not aromatic. */
export const isAliphatic: Test = (atom) => !atom.aromatic && atom.atomicNumber !== 1;
export const isHeavy: Test = (atom) => atom.atomicNumber !== 1;
export const is = (atomicNumber: number): Test => {
  return (atom) => atom.atomicNumber === atomicNumber;
};
export const aliphatic = (...numbers: readonly number[]): Test => {
  return (atom) => !atom.aromatic && numbers.includes(atom.atomicNumber);
};
export const aromaticCarbon: Test = (atom) => atom.aromatic && atom.atomicNumber === 6;
export const isC = aliphatic(6);
export const isN = aliphatic(7);
export const isO = aliphatic(8);

/** A molecule as the atom types ask about it. */
export class View {
  private readonly atoms: readonly Atom[];
  /** In the order of the graph's atoms. */
  readonly around: readonly Surroundings[];

  constructor({ atoms }: MolGraph, adjacency: Adjacency) {
    this.atoms = atoms;
    this.around = atoms.map((atom, i) => surroundingsOf(atom, i, adjacency));
  }

  /** How many of these atoms pass the test. */
  count(indices: readonly number[], test: Test): number {
    let count = 0;
    for (const index of indices) {
      const atom = this.atoms[index];
      if (atom !== undefined && test(atom)) count++;
    }
    return count;
  }

  has(indices: readonly number[], test: Test): boolean {
    return this.count(indices, test) > 0;
  }
}

function surroundingsOf(atom: Atom, i: number, { offset, neighbour, order }: Adjacency): Surroundings {
  const single: number[] = [];
  const double: number[] = [];
  const triple: number[] = [];
  const from = offset[i] ?? 0;
  const to = offset[i + 1] ?? 0;
  let aromaticBonds = 0;
  for (let k = from; k < to; k++) {
    const other = neighbour[k] ?? 0;
    const kind = order[k] ?? 1;
    if (kind === 4) aromaticBonds++;
    (kind === 2 ? double : kind === 3 ? triple : single).push(other);
  }
  return { atom, single, double, triple, aromaticBonds, connections: to - from + atom.hydrogens };
}
