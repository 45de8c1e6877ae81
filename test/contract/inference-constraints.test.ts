import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Chem, morganEnvironments, morganFingerprint, tanimoto } from '@sillage/chem';
import type { GenerateRequest } from '@sillage/contracts';
import { generateAll, type ServedInference, serveInference } from '../support/inference.ts';

// The real service with the models of this repository: what it returns is held to RDKit, not to its own account.
let served: ServedInference;
let chem: Chem;

beforeAll(async () => {
  [served, chem] = await Promise.all([serveInference(), Chem.load()]);
}, 60_000);

afterAll(async () => {
  await served.stop();
});

const asked = { description: 'vanilla, sweet', numMolecules: 8, seed: 5 };

function generate(constraints: NonNullable<GenerateRequest['constraints']>, change: GenerateRequest = {}) {
  return generateAll(served, { ...asked, ...change, constraints });
}

function descriptors(smiles: string) {
  return chem.with(smiles, (molecule) => molecule.descriptors());
}

test('every molecule is told with its numbers, and they are those of RDKit', async () => {
  const { molecules } = await generate({});
  expect(molecules).toHaveLength(8);
  for (const { smiles, molecularWeight, logP, tpsa, syntheticAccessibility, similarity } of molecules) {
    const rdkit = descriptors(smiles);
    expect(molecularWeight).toBeCloseTo(rdkit.molecularWeight, 2);
    expect(logP).toBeCloseTo(rdkit.logP, 3);
    expect(tpsa).toBeCloseTo(rdkit.tpsa, 2);
    expect(syntheticAccessibility).toBeGreaterThanOrEqual(1);
    expect(syntheticAccessibility).toBeLessThanOrEqual(10);
    expect(similarity).toBeUndefined();
  }
}, 60_000);

test('weight, log P and rings stay within their bounds', async () => {
  const { molecules, finished } = await generate({
    minMolecularWeight: 140,
    maxMolecularWeight: 200,
    minLogP: 1,
    maxLogP: 3,
    minRings: 1,
    maxRings: 1,
  });
  expect(molecules).toHaveLength(8);
  for (const { smiles } of molecules) {
    const { molecularWeight, logP, rings } = descriptors(smiles);
    expect(molecularWeight).toBeGreaterThanOrEqual(140);
    expect(molecularWeight).toBeLessThanOrEqual(200);
    expect(logP).toBeGreaterThanOrEqual(1);
    expect(logP).toBeLessThanOrEqual(3);
    expect(rings).toBe(1);
  }
  const reasons = Object.keys(finished.rejectedBy);
  expect(reasons).toEqual(expect.arrayContaining(['min_molecular_weight', 'min_log_p', 'max_rings']));
}, 60_000);

test('only allowed elements', async () => {
  const { molecules } = await generate({ allowedElements: ['C', 'N'] }, { description: 'earthy, nutty' });
  expect(molecules).toHaveLength(8);
  for (const { smiles } of molecules) expect(smiles).toMatch(/^[CNcnH[\]()=#0-9@+\-/\\]+$/);
}, 60_000);

test.each([
  ['a core', 'C1=CC=CC=C1O', 'Oc1ccccc1'],
  ['a pattern', '[#6]C(=O)[O;X2][#6]', '[#6]C(=O)[O;X2][#6]'],
])(
  '%s is kept',
  async (_, scaffold, smarts) => {
    const { molecules } = await generate({ scaffold });
    expect(molecules).toHaveLength(8);
    const pattern = chem.pattern(smarts);
    for (const { smiles } of molecules) {
      expect(chem.with(smiles, (molecule) => molecule.countMatches(pattern))).toBeGreaterThan(0);
    }
    pattern[Symbol.dispose]();
  },
  60_000,
);

test('similarity to a reference stays in its range and is told', async () => {
  const reference = 'COc1cc(C=O)ccc1O';
  const { molecules } = await generate({ similarTo: { smiles: reference, min: 0.3, max: 0.8 } });
  expect(molecules).toHaveLength(8);
  const print = (smiles: string) =>
    chem.with(smiles, (molecule) => morganFingerprint(morganEnvironments(molecule.graph())));
  for (const { smiles, similarity } of molecules) {
    expect(similarity).toBeCloseTo(tanimoto(print(reference), print(smiles)), 6);
    expect(similarity).toBeGreaterThanOrEqual(0.3);
    expect(similarity).toBeLessThanOrEqual(0.8);
  }
}, 60_000);

test('synthetic accessibility, match and novelty', async () => {
  const { molecules } = await generate({ maxSyntheticAccessibility: 2, minMatch: 0.3, novelOnly: true });
  expect(molecules.length).toBeGreaterThan(0);
  for (const { syntheticAccessibility, match, novel } of molecules) {
    expect(syntheticAccessibility).toBeLessThanOrEqual(2);
    expect(match).toBeGreaterThanOrEqual(0.3);
    expect(novel).toBe(true);
  }
}, 60_000);

test('what cannot be found is told by how many were, and by the rule that cost most', async () => {
  const { molecules, finished } = await generate({ scaffold: 'C1CC2CC1C1CCCC21', maxMolecularWeight: 170 });
  expect(molecules.length).toBeLessThan(8);
  expect(finished.sampled).toBe(20_000);
  const turnedAway = Object.values(finished.rejectedBy).reduce((sum, count) => sum + count, 0);
  expect(turnedAway + molecules.length).toBe(finished.unique);
  const [first] = Object.entries(finished.rejectedBy).toSorted(([, a], [, b]) => b - a);
  expect(['scaffold', 'max_molecular_weight']).toContain(first?.[0]);
}, 120_000);

test('a seed reproduces under constraints, whatever the load', async () => {
  const constraints = { minRings: 1, maxSyntheticAccessibility: 2.5 };
  const alone = await generate(constraints);
  const [again] = await Promise.all([generate(constraints), generate({}, { seed: 6, numMolecules: 40 })]);
  expect(again.molecules).toEqual(alone.molecules);
  expect(again.finished.rejectedBy).toEqual(alone.finished.rejectedBy);
}, 120_000);

test.each([
  [{ minMolecularWeight: 200, maxMolecularWeight: 100 }, ['min_molecular_weight', 'max_molecular_weight']],
  [{ minLogP: 3, maxLogP: 2 }, ['min_log_p', 'max_log_p']],
  [{ minRings: 2, maxRings: 1 }, ['min_rings', 'max_rings']],
  [{ similarTo: { smiles: 'CCO', min: 0.9, max: 0.1 } }, ['similar_to/min', 'similar_to/max']],
  [{ similarTo: { smiles: 'C1CC' } }, ['similar_to/smiles']],
  [{ similarTo: { smiles: '' } }, ['similar_to/smiles']],
  [{ similarTo: { smiles: 'CCO', min: 2 } }, ['similar_to/min']],
  [{ scaffold: 'c1ccccc1', maxMolecularWeight: 60 }, ['scaffold', 'max_molecular_weight']],
  [{ scaffold: 'c1ccc2ccccc2c1', maxRings: 1 }, ['scaffold', 'max_rings']],
  [{ scaffold: '[#6]~S~[#6]', allowedElements: ['C', 'O'] }, ['scaffold', 'allowed_elements']],
  [{ scaffold: '[#6' }, ['scaffold']],
  [{ scaffold: 'C1CC' }, ['scaffold']],
  [{ scaffold: 'CC.CC' }, ['scaffold']],
  [{ allowedElements: ['C', 'Xx'] }, ['allowed_elements/1']],
  [{ maxSyntheticAccessibility: 0.5 }, ['max_synthetic_accessibility']],
  [{ maxMolecularWeight: Number.NaN }, ['max_molecular_weight']],
])('refused before anything is drawn: %j', async (constraints, fields) => {
  await expect(generate(constraints)).rejects.toMatchObject({
    code: 'invalid_input',
    errors: fields.map((field) => ({ pointer: `/constraints/${field}`, detail: expect.any(String) })),
  });
});
