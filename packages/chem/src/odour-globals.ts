import type { MolGraph } from './graph.ts';

/** Whole-molecule values of the odour features, in column order. */
export const ODOUR_GLOBALS = [
  'atoms',
  'hydrogens',
  'carbon',
  'nitrogen',
  'oxygen',
  'sulphur',
  'halogen',
  'other',
  'aromatic_atoms',
  'ring_atoms',
  'rings',
  'largest_smallest_ring',
  'double_bonds',
  'triple_bonds',
  'rotatable_bonds',
  'branched_atoms',
  'quaternary_atoms',
  'terminal_atoms',
  'fragments',
  'diameter',
  'mean_distance',
  'positive',
  'negative',
  'hydrogens_on_hetero',
  'mass',
] as const;

/** What the values are computed from besides the graph. */
export interface GlobalInputs {
  /** Heavy neighbours of each atom. */
  readonly degree: (atom: number) => number;
  /** Size of the smallest ring through each atom; 0 outside rings. */
  readonly smallestRing: Int32Array;
  /** [n, n] bonds on the shortest path, -1 between fragments. */
  readonly distance: Int16Array;
  readonly fragments: number;
  /** Atomic masses in Da, by atomic number. */
  readonly masses: readonly number[];
}

/** Counts and sizes of the whole molecule, none negative: what {@link ODOUR_GLOBALS} names. */
export function odourGlobals(graph: MolGraph, inputs: GlobalInputs): Float64Array {
  const { degree, smallestRing, distance, fragments, masses } = inputs;
  const n = graph.atoms.length;
  const out = new Float64Array(ODOUR_GLOBALS.length);
  const add = (column: number, amount = 1) => {
    out[column] = (out[column] ?? 0) + amount;
  };
  add(0, n);
  const hydrogenMass = masses[1] ?? 0;
  let largest = 0;
  for (const [i, atom] of graph.atoms.entries()) {
    add(1, atom.hydrogens);
    add(elementColumn(atom.atomicNumber));
    if (atom.aromatic) add(8);
    const ring = smallestRing[i] ?? 0;
    if (ring > 0) add(9);
    if (ring > largest) largest = ring;
    const links = degree(i);
    if (links === 3) add(15);
    else if (links === 4) add(16);
    else if (links === 1) add(17);
    if (atom.charge > 0) add(21, atom.charge);
    else add(22, -atom.charge);
    if (atom.atomicNumber !== 6) add(23, atom.hydrogens);
    add(24, (masses[atom.atomicNumber] ?? 0) + atom.hydrogens * hydrogenMass);
  }
  // Independent cycles: unlike the number of reported rings, it does not depend on which rings were chosen.
  add(10, graph.bonds.length - n + fragments);
  add(11, largest);

  const ringBonds = new Set<number>();
  for (const ring of graph.rings) {
    let previous = ring[ring.length - 1] ?? 0;
    for (const atom of ring) {
      ringBonds.add(pairOf(previous, atom, n));
      previous = atom;
    }
  }
  for (const { begin, end, order } of graph.bonds) {
    if (order === 2) add(12);
    if (order === 3) add(13);
    const isInner = degree(begin) > 1 && degree(end) > 1;
    if (order === 1 && isInner && !ringBonds.has(pairOf(begin, end, n))) add(14);
  }
  add(18, fragments);

  let sum = 0;
  let pairs = 0;
  let diameter = 0;
  for (const d of distance) {
    if (d <= 0) continue;
    sum += d;
    pairs++;
    if (d > diameter) diameter = d;
  }
  add(19, diameter);
  add(20, pairs === 0 ? 0 : sum / pairs);
  return out;
}

function pairOf(a: number, b: number, n: number): number {
  return a < b ? a * n + b : b * n + a;
}

function elementColumn(atomicNumber: number): number {
  switch (atomicNumber) {
    case 6:
      return 2;
    case 7:
      return 3;
    case 8:
      return 4;
    case 16:
      return 5;
    case 9:
    case 17:
    case 35:
    case 53:
      return 6;
    default:
      return 7;
  }
}
