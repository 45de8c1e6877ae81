import type { Adjacency } from './adjacency.ts';
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
export interface GlobalInputs extends Adjacency {
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
  const { offset, neighbour, bond, smallestRing, distance, fragments, masses } = inputs;
  const n = graph.atoms.length;
  const out = new Float64Array(ODOUR_GLOBALS.length);
  const add = (column: number, amount = 1) => {
    out[column] = (out[column] ?? 0) + amount;
  };
  const degree = (atom: number) => (offset[atom + 1] ?? 0) - (offset[atom] ?? 0);
  add(0, n);
  // In whole parts of a Da, so that the sum is the same in whatever order the atoms come.
  const parts = (element: number) => Math.round((masses[element] ?? 0) * partsOfDa);
  const hydrogenMass = parts(1);
  let largest = 0;
  let mass = 0;
  for (let i = 0; i < n; i++) {
    const atom = graph.atoms[i];
    if (atom === undefined) break;
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
    mass += parts(atom.atomicNumber) + atom.hydrogens * hydrogenMass;
  }
  // Independent cycles: unlike the number of reported rings, it does not depend on which rings were chosen.
  add(10, graph.bonds.length - n + fragments);
  add(11, largest);

  const isRingBond = new Uint8Array(graph.bonds.length);
  for (const ring of graph.rings) {
    let previous = ring[ring.length - 1] ?? 0;
    for (const atom of ring) {
      let k = offset[atom] ?? 0;
      while (k < (offset[atom + 1] ?? 0) && neighbour[k] !== previous) k++;
      isRingBond[bond[k] ?? 0] = 1;
      previous = atom;
    }
  }
  for (let index = 0; index < graph.bonds.length; index++) {
    const { begin = 0, end = 0, order = 1 } = graph.bonds[index] ?? {};
    if (order === 2) add(12);
    if (order === 3) add(13);
    const isInner = degree(begin) > 1 && degree(end) > 1;
    if (order === 1 && isInner && isRingBond[index] === 0) add(14);
  }
  add(18, fragments);

  let sum = 0;
  let pairs = 0;
  let diameter = 0;
  for (let i = 1; i < n; i++) {
    for (let cell = i * n; cell < i * n + i; cell++) {
      const d = distance[cell] ?? 0;
      if (d <= 0) continue;
      sum += d;
      pairs++;
      if (d > diameter) diameter = d;
    }
  }
  add(19, diameter);
  add(20, pairs === 0 ? 0 : sum / pairs);
  add(24, mass / partsOfDa);
  return out;
}

const partsOfDa = 1e6;

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
