import { expect, test } from '@jest/globals';
import type { MolGraph } from './graph.ts';
import { loadOdourFeatures } from './odour-features.ts';
import { ODOUR_GLOBALS } from './odour-globals.ts';

const carbon = (hydrogens: number) => ({ atomicNumber: 6, charge: 0, hydrogens, aromatic: false });
const single = (begin: number, end: number) => ({ begin, end, order: 1 as const });
/** Atoms one after the other, joined as a ring when asked to. */
function alkane(length: number, isRing = false): MolGraph {
  const bonds = Array.from({ length: length - 1 }, (_, i) => single(i, i + 1));
  const ends = isRing ? 2 : 3;
  return {
    atoms: Array.from({ length }, (_, i) => carbon(i === 0 || i === length - 1 ? ends : 2)),
    bonds: isRing ? [...bonds, single(length - 1, 0)] : bonds,
    rings: isRing ? [Array.from({ length }, (_, i) => i)] : [],
  };
}

// Saturated carbon: CH3 beside one carbon, CH2 between two; 1 and 2 among the known.
const methyl = 'e2882:1011';
const methylene = 'e2862:1011,1011';
const columns = ['r1:10002', 'r2:10001,10002', 'r2:10002,10002', 't11101110111011'];
const featuriser = loadOdourFeatures({
  format: 1,
  atomFields: 8,
  elements: [6],
  masses: [0, 1.008, 0, 0, 0, 0, 12.011],
  environments: columns,
  globals: ODOUR_GLOBALS,
  knownAtoms: [methyl, methylene],
  mean: new Array(columns.length + ODOUR_GLOBALS.length).fill(0),
  std: new Array(columns.length + ODOUR_GLOBALS.length).fill(1),
});
const counts = (graph: MolGraph) =>
  [...featuriser.features(graph).environment.subarray(0, columns.length)].map((v) =>
    Math.round(Math.expm1(v)),
  );

test('shells are an atom with the surroundings of its neighbours; torsions are counted once', () => {
  expect(counts(alkane(5))).toEqual([2, 2, 1, 2]);
  expect(counts(alkane(6))).toEqual([2, 2, 2, 3]);
  expect(counts(alkane(3))).toEqual([2, 0, 0, 0]);
});

test('beside an atom whose surroundings are unknown no shell is counted, and three atoms in a ring are no torsion', () => {
  expect(featuriser.features(alkane(3, true)).knownFraction).toBe(0);
  expect(counts(alkane(3, true))).toEqual([0, 0, 0, 0]);
  expect(counts(alkane(4, true))[3]).toBe(4);
});
