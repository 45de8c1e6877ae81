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

/** Neighbours of every atom. Linear in atoms and bonds. */
export function adjacencyOf(graph: MolGraph): Adjacency {
  const n = graph.atoms.length;
  const offset = new Int32Array(n + 1);
  for (const { begin, end } of graph.bonds) {
    offset[begin + 1] = (offset[begin + 1] ?? 0) + 1;
    offset[end + 1] = (offset[end + 1] ?? 0) + 1;
  }
  for (let i = 0; i < n; i++) offset[i + 1] = (offset[i + 1] ?? 0) + (offset[i] ?? 0);
  const next = offset.slice();
  const neighbour = new Int32Array(graph.bonds.length * 2);
  const order = new Uint8Array(graph.bonds.length * 2);
  const bond = new Int32Array(graph.bonds.length * 2);
  const link = (from: number, to: number, index: number, kind: number) => {
    const slot = next[from] ?? 0;
    next[from] = slot + 1;
    neighbour[slot] = to;
    order[slot] = kind;
    bond[slot] = index;
  };
  for (const [index, { begin, end, order: kind }] of graph.bonds.entries()) {
    link(begin, end, index, kind);
    link(end, begin, index, kind);
  }
  return { offset, neighbour, order, bond };
}
