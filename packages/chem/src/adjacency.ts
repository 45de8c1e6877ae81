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
  const bonds = graph.bonds.length;
  const begin = new Int32Array(bonds);
  const end = new Int32Array(bonds);
  const order = new Uint8Array(bonds);
  for (let index = 0; index < bonds; index++) {
    const bond = graph.bonds[index];
    if (bond === undefined) break;
    begin[index] = bond.begin;
    end[index] = bond.end;
    order[index] = bond.order;
  }
  return adjacencyOfEnds(graph.atoms.length, { bonds, begin, end, order });
}

/** Likewise of bonds that are flat lists. */
export function adjacencyOfEnds(atoms: number, { bonds, begin, end, order: orders }: Ends): Adjacency {
  const offset = new Int32Array(atoms + 1);
  for (let index = 0; index < bonds; index++) {
    const a = (begin[index] ?? 0) + 1;
    const b = (end[index] ?? 0) + 1;
    offset[a] = (offset[a] ?? 0) + 1;
    offset[b] = (offset[b] ?? 0) + 1;
  }
  for (let i = 0; i < atoms; i++) offset[i + 1] = (offset[i + 1] ?? 0) + (offset[i] ?? 0);
  const next = offset.slice();
  const neighbour = new Int32Array(bonds * 2);
  const order = new Uint8Array(bonds * 2);
  const bond = new Int32Array(bonds * 2);
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
  return { offset, neighbour, order, bond };
}
