import type { MolGraph } from './graph.ts';

/** Neighbours of each atom as flat lists: those of atom i are at offset[i] up to offset[i + 1]. */
export interface Adjacency {
  readonly offset: Int32Array;
  readonly neighbour: Int32Array;
  /** Order of the bond to each neighbour: 1 single, 2 double, 3 triple, 4 aromatic. */
  readonly order: Uint8Array;
  /** Index in `graph.bonds` of the bond to each neighbour. */
  readonly bond: Int32Array;
}

/** Bonds as flat lists of their ends, of which the first `bonds` count. */
export interface Ends {
  readonly bonds: number;
  readonly begin: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly order: ArrayLike<number>;
}

/** Neighbours of every atom. Linear in atoms and bonds. */
export function adjacencyOf(graph: MolGraph): Adjacency {
  return new AdjacencyMemory().ofGraph(graph);
}

/**
 * Lists that are filled anew for each molecule, because allocating them took longer than filling them: an adjacency
 * holds until the next one is made in the same memory.
 */
export class AdjacencyMemory {
  #begin = new Int32Array(64);
  #end = new Int32Array(64);
  #orders = new Uint8Array(64);
  #next = new Int32Array(64);
  #lists: Adjacency = listsOf(64);

  ofGraph(graph: MolGraph): Adjacency {
    const bonds = graph.bonds.length;
    if (bonds > this.#begin.length) {
      this.#begin = new Int32Array(bonds * 2);
      this.#end = new Int32Array(bonds * 2);
      this.#orders = new Uint8Array(bonds * 2);
    }
    const begin = this.#begin;
    const end = this.#end;
    const order = this.#orders;
    for (let index = 0; index < bonds; index++) {
      const bond = graph.bonds[index];
      if (bond === undefined) break;
      begin[index] = bond.begin;
      end[index] = bond.end;
      order[index] = bond.order;
    }
    return this.ofEnds(graph.atoms.length, { bonds, begin, end, order });
  }

  /** Of bonds that are flat lists. */
  ofEnds(atoms: number, { bonds, begin, end, order: orders }: Ends): Adjacency {
    const size = Math.max(atoms + 1, bonds * 2);
    if (size > this.#next.length) {
      this.#next = new Int32Array(size * 2);
      this.#lists = listsOf(size * 2);
    }
    const { offset, neighbour, order, bond } = this.#lists;
    const next = this.#next;
    offset.fill(0, 0, atoms + 1);
    for (let index = 0; index < bonds; index++) {
      const a = (begin[index] ?? 0) + 1;
      const b = (end[index] ?? 0) + 1;
      offset[a] = (offset[a] ?? 0) + 1;
      offset[b] = (offset[b] ?? 0) + 1;
    }
    next[0] = 0;
    for (let i = 1; i <= atoms; i++) {
      const sum = (offset[i] ?? 0) + (offset[i - 1] ?? 0);
      offset[i] = sum;
      next[i] = sum;
    }
    for (let index = 0; index < bonds; index++) {
      const a = begin[index] ?? 0;
      const b = end[index] ?? 0;
      const kind = orders[index] ?? 0;
      const atA = next[a] ?? 0;
      next[a] = atA + 1;
      neighbour[atA] = b;
      order[atA] = kind;
      bond[atA] = index;
      const atB = next[b] ?? 0;
      next[b] = atB + 1;
      neighbour[atB] = a;
      order[atB] = kind;
      bond[atB] = index;
    }
    return this.#lists;
  }
}

function listsOf(size: number): Adjacency {
  return {
    offset: new Int32Array(size),
    neighbour: new Int32Array(size),
    order: new Uint8Array(size),
    bond: new Int32Array(size),
  };
}
