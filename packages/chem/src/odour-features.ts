import { type Adjacency, adjacencyOf } from './adjacency.ts';
import type { MolGraph } from './graph.ts';
import { ODOUR_GLOBALS, odourGlobals } from './odour-globals.ts';
import { parseVocabulary, type Vocabulary } from './odour-vocabulary.ts';

export { type ConfidenceLine, odourConfidence } from './odour-confidence.ts';

/**
 * What the odour model sees of a molecule. `training/sillage_training/odour/features.py` computes the same numbers;
 * the golden file of each model version holds both to it.
 */

/** Integers per atom; 0 is padding in every one of them. */
export const ATOM_FIELDS = 8;

const SELF = 1;
const BOND = 1;
const DISTANCE = 4;
const BEYOND = 13;
const DISCONNECTED = 14;
const FARTHEST = 8;
const FARTHEST_PAIR = 6;
/** Standardised counts are held within +-CLIP, as in training. */
const CLIP = 8;
/** Covers counts of environments in anything the API admits; larger ones fall back to Math.log1p. */
const LOGS = Float64Array.from({ length: 512 }, (_, count) => Math.log1p(count));

/** Model inputs of one molecule. */
export interface OdourFeatures {
  readonly atomCount: number;
  /** [atomCount, 8] element, degree, charge, hydrogens, aromatic, smallest ring, bonding, heteroatom neighbours. */
  readonly atoms: Int32Array;
  /** [atomCount, atomCount] 1 self, 2-5 bond order + 1, 6-12 distance 2-8, 13 beyond, 14 other fragment. */
  readonly relation: Uint8Array;
  /** Standardised log counts of environments, atom pairs and whole-molecule properties. */
  readonly environment: Float32Array;
  /** Share of atoms, 0-1, whose surroundings occur in at least three training molecules. */
  readonly knownFraction: number;
}

/** Padded tensors of a batch, rows first, in the datatypes of the manifest. */
export interface OdourBatch {
  readonly rows: number;
  readonly longest: number;
  /** INT32 [rows, longest, 8] */
  readonly atoms: Int32Array;
  /** UINT8 [rows, longest, longest] */
  readonly relation: Uint8Array;
  /** FP32 [rows, width] */
  readonly environment: Float32Array;
}

/** Turns graphs into model inputs; holds the vocabulary of one model version. */
export interface OdourFeaturiser {
  /** Length of `environment`. */
  readonly width: number;
  /** @throws RangeError when the graph has no atom. */
  features(graph: MolGraph): OdourFeatures;
}

/**
 * Reads features.json of a model version.
 * @throws TypeError when the file is not of the format this code computes.
 */
export function loadOdourFeatures(json: unknown): OdourFeaturiser {
  const vocabulary = parseVocabulary(json, ODOUR_GLOBALS);
  const width = vocabulary.mean.length;
  // Most counts of a molecule are zero, so each row starts as a copy of this one.
  const absent = Float32Array.from({ length: width }, (_, column) => standardise(0, column, vocabulary));
  return { width, features: (graph) => computeFeatures(graph, vocabulary, absent) };
}

/** Pads molecules to the longest of them. */
export function collate(list: readonly OdourFeatures[]): OdourBatch {
  const rows = list.length;
  const longest = list.reduce((most, f) => Math.max(most, f.atomCount), 0);
  const width = list[0]?.environment.length ?? 0;
  const atoms = new Int32Array(rows * longest * ATOM_FIELDS);
  const relation = new Uint8Array(rows * longest * longest);
  const environment = new Float32Array(rows * width);
  for (const [row, f] of list.entries()) {
    const n = f.atomCount;
    atoms.set(f.atoms, row * longest * ATOM_FIELDS);
    for (let i = 0; i < n; i++) {
      relation.set(f.relation.subarray(i * n, (i + 1) * n), (row * longest + i) * longest);
    }
    environment.set(f.environment, row * width);
  }
  return { rows, longest, atoms, relation, environment };
}

function computeFeatures(graph: MolGraph, vocabulary: Vocabulary, absent: Float32Array): OdourFeatures {
  const n = graph.atoms.length;
  if (n === 0) throw new RangeError('a molecule without atoms has no features');
  const shape = shapeOf(graph);
  const atoms = atomFields(graph, shape, vocabulary);
  const { distance, fragments } = distances(n, shape);
  const relation = relations(graph, distance);
  const counts = new Map<number, number>();
  const add = (column: number | undefined) => {
    if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
  };

  let known = 0;
  for (let i = 0; i < n; i++) {
    const key = atomKey(i, atoms, shape);
    add(vocabulary.atomColumn.get(key));
    if (vocabulary.known.has(key)) known++;
  }
  const kind = Int32Array.from(
    { length: n },
    (_, i) => at(atoms, i * ATOM_FIELDS) * 10 + at(shape.bonding, i),
  );
  for (let i = 0; i < n; i++) {
    const a = at(kind, i);
    for (let j = i + 1; j < n; j++) {
      const d = at(distance, i * n + j);
      if (d < 2 || d > FARTHEST_PAIR) continue;
      const b = at(kind, j);
      add(vocabulary.pairColumn.get((a < b ? a * 1000 + b : b * 1000 + a) * 10 + d));
    }
  }

  const environment = absent.slice();
  for (const [column, count] of counts) {
    environment[column] = standardise(LOGS[count] ?? Math.log1p(count), column, vocabulary);
  }
  const { smallestRing, offset } = shape;
  const degree = (atom: number) => at(offset, atom + 1) - at(offset, atom);
  const { masses } = vocabulary;
  const globals = odourGlobals(graph, { degree, smallestRing, distance, fragments, masses });
  for (const [k, value] of globals.entries()) {
    const column = vocabulary.environments + k;
    environment[column] = standardise(Math.log1p(value), column, vocabulary);
  }
  return { atomCount: n, atoms, relation, environment, knownFraction: known / n };
}

function standardise(value: number, column: number, { mean, std }: Vocabulary): number {
  const z = (value - at(mean, column)) / at(std, column);
  return Math.min(CLIP, Math.max(-CLIP, z));
}

interface Shape extends Adjacency {
  /** Size of the smallest ring through each atom; 0 outside rings. */
  readonly smallestRing: Int32Array;
  /** 1 saturated, 2 one double bond, 3 triple, 4 aromatic, 5 saturated beside an unsaturated atom, 6 two doubles. */
  readonly bonding: Uint8Array;
}

function shapeOf(graph: MolGraph): Shape {
  const n = graph.atoms.length;
  const adjacency = adjacencyOf(graph);
  const { offset, neighbour, order } = adjacency;

  const smallestRing = new Int32Array(n);
  for (const ring of graph.rings) {
    for (const atom of ring) {
      const size = at(smallestRing, atom);
      if (size === 0 || ring.length < size) smallestRing[atom] = ring.length;
    }
  }

  const bonding = new Uint8Array(n).fill(1);
  for (const [i, atom] of graph.atoms.entries()) {
    let doubles = 0;
    let hasTriple = false;
    for (let k = at(offset, i); k < at(offset, i + 1); k++) {
      if (order[k] === 2) doubles++;
      if (order[k] === 3) hasTriple = true;
    }
    if (atom.aromatic) bonding[i] = 4;
    else if (hasTriple) bonding[i] = 3;
    else if (doubles > 0) bonding[i] = doubles === 1 ? 2 : 6;
  }
  for (let i = 0; i < n; i++) {
    if (bonding[i] !== 1) continue;
    for (let k = at(offset, i); k < at(offset, i + 1); k++) {
      const other = at(bonding, at(neighbour, k));
      if (other !== 1 && other !== 5) bonding[i] = 5;
    }
  }
  return { ...adjacency, smallestRing, bonding };
}

function atomFields(graph: MolGraph, shape: Shape, vocabulary: Vocabulary): Int32Array {
  const out = new Int32Array(graph.atoms.length * ATOM_FIELDS);
  for (const [i, atom] of graph.atoms.entries()) {
    const from = at(shape.offset, i);
    const to = at(shape.offset, i + 1);
    let hetero = 0;
    for (let k = from; k < to; k++) {
      const number = graph.atoms[at(shape.neighbour, k)]?.atomicNumber;
      if (number !== 1 && number !== 6) hetero++;
    }
    const base = i * ATOM_FIELDS;
    out[base] = vocabulary.elementIndex.get(atom.atomicNumber) ?? vocabulary.otherElement;
    out[base + 1] = Math.min(to - from, 6) + 1;
    out[base + 2] = Math.max(-3, Math.min(3, atom.charge)) + 4;
    out[base + 3] = Math.min(atom.hydrogens, 4) + 1;
    out[base + 4] = atom.aromatic ? 2 : 1;
    out[base + 5] = ringBucket(at(shape.smallestRing, i));
    out[base + 6] = at(shape.bonding, i);
    out[base + 7] = Math.min(hetero, 4) + 1;
  }
  return out;
}

function ringBucket(size: number): number {
  if (size === 0) return 1;
  if (size <= 8) return size - 1;
  return size <= 11 ? 8 : 9;
}

/** An atom and its neighbours as one key: exact, so that two surroundings never collide. */
function atomKey(i: number, atoms: Int32Array, shape: Shape): string {
  const base = i * ATOM_FIELDS;
  const centre =
    (((at(atoms, base) * 10 + at(atoms, base + 2)) * 10 + at(atoms, base + 3)) * 10 + at(atoms, base + 6)) *
      2 +
    (at(atoms, base + 5) > 1 ? 1 : 0);
  const from = at(shape.offset, i);
  const around = new Int32Array(at(shape.offset, i + 1) - from);
  for (let k = 0; k < around.length; k++) {
    const j = at(shape.neighbour, from + k);
    const element = at(atoms, j * ATOM_FIELDS);
    around[k] = (at(shape.order, from + k) * 100 + element) * 10 + at(shape.bonding, j);
  }
  return `e${centre}:${around.sort().join(',')}`;
}

/** Bonds on the shortest path between atoms (-1 when none), and the number of fragments. */
function distances(n: number, shape: Shape): { distance: Int16Array; fragments: number } {
  const distance = new Int16Array(n * n).fill(-1);
  const queue = new Int32Array(n);
  let fragments = 0;
  for (let start = 0; start < n; start++) {
    const row = start * n;
    let isFirstOfFragment = true;
    distance[row + start] = 0;
    queue[0] = start;
    let length = 1;
    for (let head = 0; head < length; head++) {
      const here = at(queue, head);
      if (here < start) isFirstOfFragment = false;
      const step = at(distance, row + here) + 1;
      for (let k = at(shape.offset, here); k < at(shape.offset, here + 1); k++) {
        const other = at(shape.neighbour, k);
        if (distance[row + other] !== -1) continue;
        distance[row + other] = step;
        queue[length++] = other;
      }
    }
    if (isFirstOfFragment) fragments++;
  }
  return { distance, fragments };
}

function relations(graph: MolGraph, distance: Int16Array): Uint8Array {
  const n = graph.atoms.length;
  const relation = new Uint8Array(n * n);
  for (let cell = 0; cell < relation.length; cell++) {
    const d = at(distance, cell);
    relation[cell] = d < 0 ? DISCONNECTED : d === 0 ? SELF : d > FARTHEST ? BEYOND : DISTANCE + d;
  }
  for (const { begin, end, order } of graph.bonds) {
    relation[begin * n + end] = BOND + order;
    relation[end * n + begin] = BOND + order;
  }
  return relation;
}

/** Reads an index known to be inside; the compiler cannot know. */
function at(array: Int32Array | Int16Array | Uint8Array | Float64Array, index: number): number {
  return array[index] ?? 0;
}
