import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  ATOM_FIELDS,
  collate,
  loadOdourFeatures,
  type OdourFeaturiser,
  odourConfidence,
} from './odour-features.ts';

const models = new URL('../../../models/', import.meta.url);
const json = (name: string): unknown => {
  const bytes = readFileSync(new URL(name, models));
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
};
const read = (name: string): unknown => json(`olfactory-base/1/${name}`);

const goldenSchema = z.object({
  molecules: z.array(
    z.object({
      smiles: z.string(),
      graph: z.object({
        atoms: z.array(
          z.object({
            atomicNumber: z.number(),
            charge: z.number(),
            hydrogens: z.number(),
            aromatic: z.boolean(),
          }),
        ),
        bonds: z.array(
          z.object({
            begin: z.number(),
            end: z.number(),
            order: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
          }),
        ),
        rings: z.array(z.array(z.number())),
      }),
      features: z.object({
        atoms: z.array(z.number()),
        relation: z.array(z.number()),
        environment: z.array(z.number()),
        knownFraction: z.number(),
      }),
    }),
  ),
});
const golden = goldenSchema.parse(read('golden.json'));
const featuriser = loadOdourFeatures(read('features.json'));

/** Of [column, value ...] pairs all columns; the others are those of a molecule without any environment. */
function everyColumn(pairs: readonly number[], spec: { mean: number[]; std: number[] }): number[] {
  const all = spec.mean.map((mean, k) => Math.max(-8, Math.min(8, -mean / (spec.std[k] ?? 1))));
  for (let i = 0; i < pairs.length; i += 2) all[pairs[i] ?? -1] = pairs[i + 1] ?? Number.NaN;
  return all;
}

function expectFeatures(
  reader: OdourFeaturiser,
  { graph, features: expected }: (typeof golden.molecules)[number],
): void {
  const got = reader.features(graph);
  expect(got.atomCount).toBe(graph.atoms.length);
  expect([...got.atoms]).toEqual(expected.atoms);
  expect([...got.relation]).toEqual(expected.relation);
  expect(got.environment).toHaveLength(expected.environment.length);
  const worst = Math.max(
    ...got.environment.map((value, k) => Math.abs(value - (expected.environment[k] ?? Number.NaN))),
  );
  expect(worst).toBeLessThanOrEqual(2e-6);
  expect(got.knownFraction).toBeCloseTo(expected.knownFraction, 6);
}

test.each(golden.molecules.map((molecule) => [molecule.smiles, molecule] as const))(
  '%s has the features it was trained with',
  (_, molecule) => expectFeatures(featuriser, molecule),
);

test('the newest models see 500 molecules as they were trained to', () => {
  for (const [folder, count] of [
    ['olfactory-base/2', 500],
    ['olfactory-base/3', 500],
    ['olfactory-fast/1', 200],
  ] as const) {
    const spec = z
      .looseObject({ mean: z.array(z.number()), std: z.array(z.number()) })
      .parse(json(`${folder}/features.json`));
    const reader = loadOdourFeatures(spec);
    const { molecules } = goldenSchema.parse(json(`${folder}/golden.json.gz`));
    expect(molecules.length).toBeGreaterThanOrEqual(count);
    for (const { graph, features } of molecules) {
      const environment = everyColumn(features.environment, spec);
      expectFeatures(reader, { smiles: '', graph, features: { ...features, environment } });
    }
  }
});

test('the golden file covers what is easily got wrong', () => {
  const graphs = golden.molecules.map((molecule) => molecule.graph);
  expect(graphs.some((g) => g.atoms.length === 1)).toBe(true);
  expect(graphs.some((g) => g.atoms.length >= 60)).toBe(true);
  expect(graphs.some((g) => g.rings.some((ring) => ring.length >= 12))).toBe(true);
  expect(graphs.some((g) => g.atoms.some((a) => a.charge < 0))).toBe(true);
  expect(graphs.some((g) => g.atoms.some((a) => a.aromatic && a.atomicNumber === 16))).toBe(true);
  expect(golden.molecules.some((m) => m.smiles.includes('.'))).toBe(true);
  expect(golden.molecules.some((m) => m.features.knownFraction < 1)).toBe(true);
});

test('the order in which atoms are given does not change what is counted', () => {
  for (const { graph } of golden.molecules) {
    const last = graph.atoms.length - 1;
    const flipped = {
      atoms: graph.atoms.toReversed(),
      bonds: graph.bonds.map(({ begin, end, order }) => ({ begin: last - begin, end: last - end, order })),
      rings: graph.rings.map((ring) => ring.map((atom) => last - atom)),
    };
    expect(featuriser.features(flipped).environment).toEqual(featuriser.features(graph).environment);
  }
});

test('a batch is padded with zeros to its longest molecule', () => {
  const list = golden.molecules.slice(0, 6).map(({ graph }) => featuriser.features(graph));
  const batch = collate(list);
  expect(batch.rows).toBe(6);
  expect(batch.longest).toBe(Math.max(...list.map((f) => f.atomCount)));
  for (const [row, f] of list.entries()) {
    for (let i = 0; i < batch.longest; i++) {
      const present = i < f.atomCount;
      const from = (row * batch.longest + i) * ATOM_FIELDS;
      const fields = batch.atoms.subarray(from, from + ATOM_FIELDS);
      const wanted = f.atoms.subarray(i * ATOM_FIELDS, (i + 1) * ATOM_FIELDS);
      expect([...fields]).toEqual(present ? [...wanted] : new Array(ATOM_FIELDS).fill(0));
      for (let j = 0; j < batch.longest; j++) {
        const isPair = present && j < f.atomCount;
        const relation = batch.relation[(row * batch.longest + i) * batch.longest + j];
        expect(relation).toBe(isPair ? f.relation[i * f.atomCount + j] : 0);
      }
    }
    const from = row * featuriser.width;
    expect(batch.environment.subarray(from, from + featuriser.width)).toEqual(f.environment);
  }
});

test('an empty list collates to an empty batch, an empty graph is refused', () => {
  expect(collate([])).toMatchObject({ rows: 0, longest: 0 });
  expect(() => featuriser.features({ atoms: [], bonds: [], rings: [] })).toThrow(RangeError);
});

test('a vocabulary of another format is refused with the reason', () => {
  const spec = z.record(z.string(), z.unknown()).parse(read('features.json'));
  expect(() => loadOdourFeatures({ ...spec, format: 2 })).toThrow(/format/);
  expect(() => loadOdourFeatures({ ...spec, mean: [0] })).toThrow(/mean and std/);
  expect(() => loadOdourFeatures({ ...spec, globals: ['atoms'], mean: [], std: [] })).toThrow(TypeError);
  expect(() => loadOdourFeatures(null)).toThrow(TypeError);
});

test('confidence rises with the first note, falls with unknown surroundings, and stays within 0-1', () => {
  const line = { intercept: 0, slope: 1 };
  expect(odourConfidence([0.2, 0.7], 1, line)).toBeCloseTo(0.7, 9);
  expect(odourConfidence([0.2, 0.7], 0.5, line)).toBeCloseTo(0.35, 9);
  expect(odourConfidence([1], 1, line)).toBeLessThan(1);
  expect(odourConfidence([], 1, line)).toBeGreaterThanOrEqual(0);
});
