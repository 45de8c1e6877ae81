import { AdjacencyMemory } from './adjacency.ts';
import type { MolGraph } from './graph.ts';
import { ATOM_FIELDS, eachTorsion, placeOf, type Shape, shellOf } from './odour-environments.ts';
import { ODOUR_GLOBALS, odourGlobals } from './odour-globals.ts';
import { parseVocabulary, type Vocabulary } from './odour-vocabulary.ts';

export { type ConfidenceLine, odourConfidence } from './odour-confidence.ts';
export { ATOM_FIELDS } from './odour-environments.ts';

/**
 * What the odour model sees of a molecule. `training/sillage_training/odour/features.py` computes the same numbers;
 * the golden file of each model version holds both to it.
 */

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
  /** [atomCount, 8]; empty where counts are enough: element, degree, charge, hydrogens, aromatic, smallest ring, bonding, heteroatom neighbours. */
  readonly atoms: Int32Array;
  /** [atomCount, atomCount]; empty where counts are enough: 1 self, 2-5 bond order + 1, 6-12 distance 2-8, 13 beyond, 14 other fragment. */
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
 * Reads features.json of a model version. `countsOnly`: for a model that takes `environment` alone.
 * @throws TypeError when the file is not of the format this code computes.
 */
export function loadOdourFeatures(
  json: unknown,
  { countsOnly = false }: { readonly countsOnly?: boolean } = {},
): OdourFeaturiser {
  const vocabulary = parseVocabulary(json, ODOUR_GLOBALS);
  const width = vocabulary.mean.length;
  // Most counts of a molecule are zero, so each row starts as a copy of this one.
  const absent = Float32Array.from({ length: width }, (_, column) => standardise(0, column, vocabulary));
  const scratch = { counts: new Uint16Array(width), counted: new Int32Array(width) };
  return { width, features: (graph) => computeFeatures(graph, vocabulary, absent, scratch, countsOnly) };
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

/** Of one featuriser, for the molecule that it looks at. */
interface Scratch {
  /** Of each column; all 0 between molecules. */
  readonly counts: Uint16Array;
  /** Columns that are not 0. */
  readonly counted: Int32Array;
}

function computeFeatures(
  graph: MolGraph,
  vocabulary: Vocabulary,
  absent: Float32Array,
  { counts, counted }: Scratch,
  countsOnly: boolean,
): OdourFeatures {
  const n = graph.atoms.length;
  if (n === 0) throw new RangeError('a molecule without atoms has no features');
  const shape = shapeOf(graph);
  if (n * ATOM_FIELDS > fieldMemory.length) fieldMemory = new Int32Array(n * ATOM_FIELDS);
  const atoms = atomFields(
    graph,
    shape,
    vocabulary,
    countsOnly ? fieldMemory : new Int32Array(n * ATOM_FIELDS),
  );
  const { distance, fragments } = distances(n, shape);
  let columns = 0;
  const add = (column: number) => {
    if (counts[column] === 0) counted[columns++] = column;
    counts[column] = (counts[column] ?? 0) + 1;
  };

  const { surroundings, shells, pairs, torsions } = vocabulary;
  /** Of the atoms' surroundings; 0 where training hardly knew them. */
  const numbers = new Int32Array(n);
  let known = 0;
  for (let i = 0; i < n; i++) {
    const place = placeOf(i, atoms, shape, surroundings.steps);
    if (place === undefined) continue;
    const column = surroundings.column[place] ?? 0;
    if (column >= 0) add(column);
    numbers[i] = surroundings.known[place] ?? 0;
    if (numbers[i] !== 0) known++;
  }
  for (let i = 0; i < n && shells.steps.size > 0; i++) {
    const place = shellOf(i, numbers, shape, shells.steps);
    const column = place === undefined ? -1 : (shells.column[place] ?? 0);
    if (column >= 0) add(column);
  }
  const kind = new Int16Array(n);
  for (let i = 0; i < n; i++) {
    kind[i] = pairs.indexOf[(atoms[i * ATOM_FIELDS] ?? 0) * 10 + (shape.bonding[i] ?? 0)] ?? -1;
  }
  for (let i = 0; i < n; i++) {
    const a = kind[i] ?? 0;
    if (a < 0) continue;
    for (let j = i + 1; j < n; j++) {
      const d = distance[i * n + j] ?? 0;
      const b = kind[j] ?? 0;
      if (d < 2 || d > FARTHEST_PAIR || b < 0) continue;
      const column = pairs.column[(a * pairs.kinds + b) * 10 + d] ?? 0;
      if (column >= 0) add(column);
    }
  }
  if (torsions.size > 0) {
    eachTorsion(graph, atoms, shape, (code) => {
      const column = torsions.get(code);
      if (column !== undefined) add(column);
    });
  }

  const environment = absent.slice();
  for (let k = 0; k < columns; k++) {
    const column = counted[k] ?? 0;
    const count = counts[column] ?? 0;
    counts[column] = 0;
    environment[column] = standardise(LOGS[count] ?? Math.log1p(count), column, vocabulary);
  }
  const { masses } = vocabulary;
  const globals = odourGlobals(graph, { ...shape, distance, fragments, masses });
  for (let k = 0; k < globals.length; k++) {
    const column = vocabulary.environments + k;
    environment[column] = standardise(Math.log1p(globals[k] ?? 0), column, vocabulary);
  }
  const knownFraction = known / n;
  if (countsOnly) return { atomCount: n, atoms: NO_ATOMS, relation: NO_PAIRS, environment, knownFraction };
  return { atomCount: n, atoms, relation: relations(graph, distance), environment, knownFraction };
}

const NO_ATOMS = new Int32Array();
const NO_PAIRS = new Uint8Array();

function standardise(value: number, column: number, { mean, std }: Vocabulary): number {
  const z = (value - (mean[column] ?? 0)) / (std[column] ?? 0);
  return Math.min(CLIP, Math.max(-CLIP, z));
}

const memory = new AdjacencyMemory();

function shapeOf(graph: MolGraph): Shape {
  const n = graph.atoms.length;
  const adjacency = memory.ofGraph(graph);
  const { offset, neighbour, order } = adjacency;

  const smallestRing = new Int32Array(n);
  for (const ring of graph.rings) {
    for (const atom of ring) {
      const size = smallestRing[atom] ?? 0;
      if (size === 0 || ring.length < size) smallestRing[atom] = ring.length;
    }
  }

  const bonding = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let doubles = 0;
    let hasTriple = false;
    for (let k = offset[i] ?? 0; k < (offset[i + 1] ?? 0); k++) {
      if (order[k] === 2) doubles++;
      if (order[k] === 3) hasTriple = true;
    }
    if (graph.atoms[i]?.aromatic) bonding[i] = 4;
    else if (hasTriple) bonding[i] = 3;
    else bonding[i] = doubles === 0 ? 1 : doubles === 1 ? 2 : 6;
  }
  for (let i = 0; i < n; i++) {
    if (bonding[i] !== 1) continue;
    for (let k = offset[i] ?? 0; k < (offset[i + 1] ?? 0); k++) {
      const other = bonding[neighbour[k] ?? 0] ?? 0;
      if (other !== 1 && other !== 5) bonding[i] = 5;
    }
  }
  return { ...adjacency, smallestRing, bonding };
}

/** Fields that nobody keeps. */
let fieldMemory = new Int32Array(64 * ATOM_FIELDS);

/** Fills `out` with the fields of each atom. */
function atomFields(graph: MolGraph, shape: Shape, vocabulary: Vocabulary, out: Int32Array): Int32Array {
  const n = graph.atoms.length;
  for (let i = 0; i < n; i++) {
    const atom = graph.atoms[i];
    if (atom === undefined) break;
    const from = shape.offset[i] ?? 0;
    const to = shape.offset[i + 1] ?? 0;
    let hetero = 0;
    for (let k = from; k < to; k++) {
      const number = graph.atoms[shape.neighbour[k] ?? 0]?.atomicNumber;
      if (number !== 1 && number !== 6) hetero++;
    }
    const base = i * ATOM_FIELDS;
    out[base] = vocabulary.elementIndex.get(atom.atomicNumber) ?? vocabulary.otherElement;
    out[base + 1] = Math.min(to - from, 6) + 1;
    out[base + 2] = Math.max(-3, Math.min(3, atom.charge)) + 4;
    out[base + 3] = Math.min(atom.hydrogens, 4) + 1;
    out[base + 4] = atom.aromatic ? 2 : 1;
    out[base + 5] = ringBucket(shape.smallestRing[i] ?? 0);
    out[base + 6] = shape.bonding[i] ?? 0;
    out[base + 7] = Math.min(hetero, 4) + 1;
  }
  return out;
}

function ringBucket(size: number): number {
  if (size === 0) return 1;
  if (size <= 8) return size - 1;
  return size <= 11 ? 8 : 9;
}

/** Filled anew for each molecule: allocating it took longer. */
let distanceMemory = new Int16Array(64 * 64);
let queue = new Int32Array(64);

/** Bonds on the shortest path between atoms (-1 when none), and the number of fragments. */
function distances(n: number, shape: Shape): { distance: Int16Array; fragments: number } {
  if (n * n > distanceMemory.length) {
    distanceMemory = new Int16Array(n * n);
    queue = new Int32Array(n);
  }
  const distance = distanceMemory.subarray(0, n * n).fill(-1);
  let fragments = 0;
  for (let start = 0; start < n; start++) {
    const row = start * n;
    let isFirstOfFragment = true;
    distance[row + start] = 0;
    queue[0] = start;
    let length = 1;
    for (let head = 0; head < length; head++) {
      const here = queue[head] ?? 0;
      if (here < start) isFirstOfFragment = false;
      const step = (distance[row + here] ?? 0) + 1;
      for (let k = shape.offset[here] ?? 0; k < (shape.offset[here + 1] ?? 0); k++) {
        const other = shape.neighbour[k] ?? 0;
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
    const d = distance[cell] ?? 0;
    relation[cell] = d < 0 ? DISCONNECTED : d === 0 ? SELF : d > FARTHEST ? BEYOND : DISTANCE + d;
  }
  for (const { begin, end, order } of graph.bonds) {
    relation[begin * n + end] = BOND + order;
    relation[end * n + begin] = BOND + order;
  }
  return relation;
}
