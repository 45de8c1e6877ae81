import { expect, test } from '@jest/globals';
import type { MolGraph, OdourFeatures } from '@sillage/chem';
import { colourOf, contributions, occlude, withoutAtom } from './occlusion.ts';

const carbon = { atomicNumber: 6, charge: 0, hydrogens: 2, aromatic: false };
const oxygen = { atomicNumber: 8, charge: 0, hydrogens: 0, aromatic: false };
/** Oxirane with a methyl group on it. */
const graph: MolGraph = {
  atoms: [carbon, carbon, oxygen, { ...carbon, hydrogens: 3 }],
  bonds: [
    { begin: 0, end: 1, order: 1 },
    { begin: 1, end: 2, order: 1 },
    { begin: 2, end: 0, order: 1 },
    { begin: 1, end: 3, order: 1 },
  ],
  rings: [[0, 1, 2]],
};

test('an atom goes with its bonds and rings; the others keep what they have', () => {
  expect(withoutAtom(graph, 0)).toEqual({
    atoms: [carbon, oxygen, { ...carbon, hydrogens: 3 }],
    bonds: [
      { begin: 0, end: 1, order: 1 },
      { begin: 0, end: 2, order: 1 },
    ],
    rings: [],
  });
  expect(withoutAtom(graph, 3).rings).toEqual([[0, 1, 2]]);
});

test('a hidden atom is padding to all others, and the counts are those without it', () => {
  const features = (fill: number): OdourFeatures => ({
    atomCount: 2,
    atoms: new Int32Array(16).fill(fill),
    relation: new Uint8Array(4).fill(fill),
    environment: Float32Array.of(fill),
    knownFraction: 1,
  });
  const hidden = occlude(features(3), features(9), 1);
  expect([...hidden.atoms]).toEqual([...Array(8).fill(3), ...Array(8).fill(0)]);
  expect([...hidden.relation]).toEqual([3, 0, 0, 0]);
  expect([...hidden.environment]).toEqual([9]);
  expect(hidden.atomCount).toBe(2);
});

test('contributions are signed and their largest size is 1', () => {
  const { atoms, unitLogOdds } = contributions(0.5, [0.1, 0.5, 0.75]);
  expect(unitLogOdds).toBeCloseTo(Math.log(9), 6);
  expect(atoms[0]).toBe(1);
  expect(atoms[1]).toBe(0);
  expect(atoms[2]).toBeCloseTo(-0.5, 6);
  expect(contributions(0.3, [0.3, 0.3])).toEqual({ atoms: [0, 0], unitLogOdds: 0 });
  // Certainties stay finite.
  expect(Number.isFinite(contributions(1, [0]).unitLogOdds)).toBe(true);
});

test('red speaks for, blue against, pale where little, nothing near nothing', () => {
  const [red, green, blue] = colourOf(1) ?? [];
  expect(red).toBeGreaterThan(Math.max(green ?? 1, blue ?? 1));
  const against = colourOf(-1) ?? [0, 0, 0];
  expect(against[2]).toBeGreaterThan(Math.max(against[0], against[1]));
  expect((colourOf(0.2) ?? [])[1]).toBeGreaterThan(green ?? 1);
  expect(colourOf(0.04)).toBeUndefined();
});
