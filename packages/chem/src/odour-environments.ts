import type { Adjacency } from './adjacency.ts';
import type { MolGraph } from './graph.ts';
import { STEP } from './odour-vocabulary.ts';

/** What stands around an atom, as numbers that are looked up in the vocabulary of a model. */

/** Integers per atom; 0 is padding in every one of them. */
export const ATOM_FIELDS = 8;

/** Above any number of an atom's surroundings, so that bond order and neighbour make one number. */
const SHELL = 10_000;

/** What the environments of a molecule are read from. */
export interface Shape extends Adjacency {
  /** Size of the smallest ring through each atom; 0 outside rings. */
  readonly smallestRing: Int32Array;
  /** 1 saturated, 2 one double bond, 3 triple, 4 aromatic, 5 saturated beside an unsaturated atom, 6 two doubles. */
  readonly bonding: Uint8Array;
}

/** Numbers of the neighbours of the atom that is looked at, lowest first. */
const around = new Int32Array(1024);

/** Puts a number among the `count` that are there. */
function insert(number: number, count: number): void {
  let slot = count;
  for (; slot > 0 && (around[slot - 1] ?? 0) > number; slot--) around[slot] = around[slot - 1] ?? 0;
  around[slot] = number;
}

/** Where the way from the root by the centre and the `count` numbers around it ends. */
function walk(centre: number, count: number, steps: ReadonlyMap<number, number>): number | undefined {
  let place = steps.get(centre);
  for (let k = 0; k < count && place !== undefined; k++) place = steps.get(place * STEP + (around[k] ?? 0));
  return place;
}

/** Where the surroundings of an atom end in the tree: exact, so that two never collide. */
export function placeOf(
  i: number,
  atoms: Int32Array,
  shape: Shape,
  steps: ReadonlyMap<number, number>,
): number | undefined {
  const base = i * ATOM_FIELDS;
  const centre =
    ((((atoms[base] ?? 0) * 10 + (atoms[base + 2] ?? 0)) * 10 + (atoms[base + 3] ?? 0)) * 10 +
      (atoms[base + 6] ?? 0)) *
      2 +
    ((atoms[base + 5] ?? 0) > 1 ? 1 : 0);
  const from = shape.offset[i] ?? 0;
  const count = (shape.offset[i + 1] ?? 0) - from;
  for (let k = 0; k < count; k++) {
    const j = shape.neighbour[from + k] ?? 0;
    const element = atoms[j * ATOM_FIELDS] ?? 0;
    insert(((shape.order[from + k] ?? 0) * 100 + element) * 10 + (shape.bonding[j] ?? 0), k);
  }
  return walk(centre, count, steps);
}

/**
 * Where an atom with its neighbours' surroundings ends in their tree; nowhere if one of them is unknown.
 * @param numbers of the atoms' own surroundings, 0 for unknown ones
 */
export function shellOf(
  i: number,
  numbers: Int32Array,
  shape: Shape,
  steps: ReadonlyMap<number, number>,
): number | undefined {
  const centre = numbers[i] ?? 0;
  if (centre === 0) return undefined;
  const from = shape.offset[i] ?? 0;
  const count = (shape.offset[i + 1] ?? 0) - from;
  for (let k = 0; k < count; k++) {
    const number = numbers[shape.neighbour[from + k] ?? 0] ?? 0;
    if (number === 0) return undefined;
    insert((shape.order[from + k] ?? 0) * SHELL + number, k);
  }
  return walk(centre, count, steps);
}

/**
 * Visits four atoms in a row, each such path once: element and bonding of the atoms and orders of the bonds between
 * them, as the smaller number of both directions.
 */
export function eachTorsion(
  { bonds }: MolGraph,
  atoms: Int32Array,
  { offset, neighbour, order: orders, bonding }: Shape,
  visit: (code: number) => void,
): void {
  const kind = (atom: number) => (atoms[atom * ATOM_FIELDS] ?? 0) * 10 + (bonding[atom] ?? 0);
  for (const { begin, end, order } of bonds) {
    const left = kind(begin);
    const right = kind(end);
    for (let a = offset[begin] ?? 0; a < (offset[begin + 1] ?? 0); a++) {
      const first = neighbour[a] ?? 0;
      if (first === end) continue;
      const from = kind(first) * 10 + (orders[a] ?? 0);
      for (let b = offset[end] ?? 0; b < (offset[end + 1] ?? 0); b++) {
        const last = neighbour[b] ?? 0;
        if (last === begin || last === first) continue;
        const to = kind(last) * 10 + (orders[b] ?? 0);
        visit(Math.min(torsion(from, left, order, right, to), torsion(to, right, order, left, from)));
      }
    }
  }
}

/** One number below 2^53: an outer atom's kind with its bond is one of the parts on either side. */
function torsion(from: number, left: number, order: number, right: number, to: number): number {
  const outer = Math.floor(to / 10) + (to % 10) * 1000;
  return (((from * 1000 + left) * 10 + order) * 1000 + right) * 10_000 + outer;
}
