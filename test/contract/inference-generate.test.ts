import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Chem, SafetyScreen } from '@sillage/chem';
import { esters, generateAll, type ServedInference, serveInference } from '../support/inference.ts';

// The real service with the models of this repository.
let served: ServedInference;
let chem: Chem;

beforeAll(async () => {
  [served, chem] = await Promise.all([serveInference(), Chem.load()]);
}, 60_000);

afterAll(async () => {
  await served.stop();
});

async function predict(smiles: readonly string[], topK = 5) {
  return (await served.client.unary('Predict', { smiles: [...smiles], topK })).rows;
}

const asked = { description: 'warm vanilla, slightly smoky, not floral', numMolecules: 10, seed: 7 };

test('ten distinct molecules that can be read, none floral by the predictor', async () => {
  const { order, started, molecules, finished } = await generateAll(served, asked);
  expect(started).toMatchObject({
    worker: 'baseline',
    model: { name: 'generator-baseline' },
    understood: { warm: 0.8, vanilla: 1, smoky: 0.4, floral: -1 },
    unrecognised: [],
    seed: 7,
  });
  expect([order[0], order.at(-1)]).toEqual(['started', 'finished']);
  expect(order).toContain('progress');
  expect(new Set(molecules.map(({ smiles }) => smiles)).size).toBe(10);
  const rows = await predict(
    molecules.map(({ smiles }) => smiles),
    3,
  );
  for (const row of rows) expect(row.prediction?.notes).not.toContain('floral');
  for (const { match, safetyFlags, molecularWeight, smiles } of molecules) {
    expect(match).toBeGreaterThan(0);
    expect(safetyFlags.map(({ severity }) => severity)).not.toContain('block');
    const weight = chem.with(smiles, (molecule) => molecule.descriptors().molecularWeight);
    expect(molecularWeight).toBeCloseTo(weight, 2);
  }
  const matches = molecules.map(({ match }) => match);
  expect(matches).toEqual(matches.toSorted((a, b) => b - a));
  expect(finished?.sampled).toBeGreaterThanOrEqual(finished?.valid ?? Number.NaN);
  expect(finished?.valid).toBeGreaterThanOrEqual(10);
}, 30_000);

test('the same seed gives the same molecules in the same order, whatever the load', async () => {
  const alone = await generateAll(served, asked);
  const [loaded, other] = await Promise.all([
    generateAll(served, asked),
    generateAll(served, { ...asked, seed: 8 }),
    predict(esters(256, 500)),
    predict(esters(256, 800)),
  ]);
  expect(loaded.molecules).toEqual(alone.molecules);
  expect(other.molecules).not.toEqual(alone.molecules);
}, 30_000);

test('without scores candidates come as they are drawn: valid, distinct, none of them blocked', async () => {
  const wish = { unconditioned: true, unscored: true, numMolecules: 300, seed: 5, worker: 'optimized' };
  const { order, candidates, molecules, finished } = await generateAll(served, wish);
  expect([molecules.length, candidates.length]).toEqual([0, 300]);
  expect(order.filter((kind) => kind === 'candidates').length).toBeGreaterThan(1);
  expect(new Set(candidates.map(({ smiles }) => smiles)).size).toBe(300);
  using screen = new SafetyScreen(chem);
  for (const { smiles } of candidates) {
    expect(chem.with(smiles, (one) => [one.flatSmiles, screen.blocks(one)])).toEqual([smiles, false]);
  }
  expect(finished?.valid).toBeGreaterThanOrEqual(300);
  const excludeSmiles = candidates.slice(0, 100).map(({ smiles }) => smiles);
  const others = await generateAll(served, {
    ...wish,
    excludeSmiles,
    constraints: { maxRings: 0, novelOnly: true },
  });
  expect(others.candidates).toHaveLength(300);
  for (const { smiles, novel } of others.candidates) {
    expect(novel).toBe(true);
    expect(smiles).not.toMatch(/\d/);
    expect(excludeSmiles).not.toContain(smiles);
  }
}, 30_000);

test('a seed gives the same answer on one thread and on several', async () => {
  const single = await serveInference({ MAX_WORKERS: '1' });
  try {
    for (const unscored of [false, true]) {
      const wish = { description: 'rose', numMolecules: 150, seed: 11, worker: 'optimized', unscored };
      const [one, several] = await Promise.all([generateAll(single, wish), generateAll(served, wish)]);
      expect(one.molecules).toEqual(several.molecules);
      expect(one.candidates).toEqual(several.candidates);
      expect({ ...one.finished, timing: undefined }).toEqual({ ...several.finished, timing: undefined });
    }
  } finally {
    await single.stop();
  }
}, 60_000);

test('what is excluded does not come again; constraints hold', async () => {
  const first = await generateAll(served, asked);
  const excludeSmiles = first.molecules.map(({ smiles }) => smiles);
  const second = await generateAll(served, {
    ...asked,
    excludeSmiles,
    constraints: { maxMolecularWeight: 180, novelOnly: true },
  });
  expect(second.molecules.length).toBeGreaterThan(0);
  for (const { smiles, molecularWeight, novel } of second.molecules) {
    expect(excludeSmiles).not.toContain(smiles);
    expect(molecularWeight).toBeLessThanOrEqual(180);
    expect(novel).toBe(true);
  }
}, 30_000);

test('allergens are left out when asked', async () => {
  const wanted = { description: 'orange, lemon, citrus', numMolecules: 60, seed: 3 };
  const citral = 'CC(C)=CCCC(C)=CC=O';
  const all = await generateAll(served, wanted);
  expect(all.molecules.map(({ smiles }) => smiles)).toContain(citral);
  const safe = await generateAll(served, { ...wanted, constraints: { excludeAllergens: true } });
  expect(safe.molecules.length).toBeGreaterThan(0);
  expect(safe.molecules.map(({ smiles }) => smiles)).not.toContain(citral);
}, 30_000);

test('without a condition and without a seed it chooses one and says so', async () => {
  const { started, molecules } = await generateAll(served, { unconditioned: true, numMolecules: 20 });
  expect(molecules).toHaveLength(20);
  const again = await generateAll(served, {
    unconditioned: true,
    numMolecules: 20,
    seed: started?.seed ?? 0,
  });
  expect(again.molecules).toEqual(molecules);
}, 30_000);

test('a description without a smell is refused with what would work', async () => {
  await expect(
    generateAll(served, { description: 'a quick brown fox', numMolecules: 1 }),
  ).rejects.toMatchObject({
    code: 'not_understood',
    extra: {
      suggestions: expect.arrayContaining([expect.any(String)]),
      examples: expect.arrayContaining([expect.any(String)]),
      unrecognised: expect.arrayContaining(['fox']),
    },
  });
});

test.each(['dit', 'optimized'])(
  'the worker %s answers a description, the same for the same seed',
  async (worker) => {
    const wish = { description: 'vanilla', numMolecules: 5, seed: 6, worker };
    const { started, molecules, finished } = await generateAll(served, wish);
    expect(started).toMatchObject({ worker, model: { name: `generator-${worker}` } });
    const found = molecules.map(({ smiles }) => smiles);
    expect(new Set(found).size).toBe(5);
    for (const { smiles, match } of molecules) {
      expect(chem.with(smiles, (molecule) => molecule.flatSmiles)).toBe(smiles);
      expect(match).toBeGreaterThan(0.1);
    }
    expect(Number(finished?.valid) / Number(finished?.sampled)).toBeGreaterThan(0.9);
    const again = await generateAll(served, wish);
    expect(again.molecules.map(({ smiles }) => smiles)).toEqual(found);
  },
  60_000,
);

test.each([
  [{ numMolecules: 0 }, '/num_molecules'],
  [{ numMolecules: 1001 }, '/num_molecules'],
  [{ worker: 'nobody' }, '/worker'],
  [{ language: 'xx' }, '/language'],
  [{ constraints: { minMatch: 2 } }, '/constraints/min_match'],
  [{ constraints: { maxMolecularWeight: -1 } }, '/constraints/max_molecular_weight'],
  [{ constraints: { minMatch: 0.3 }, unscored: true }, '/constraints/min_match'],
  [{ constraints: { allowedElements: Array(21).fill('C') } }, '/constraints/allowed_elements'],
])('refused: %j', async (change, pointer) => {
  await expect(generateAll(served, { ...asked, ...change })).rejects.toMatchObject({
    code: 'invalid_input',
    errors: [{ pointer, detail: expect.any(String) }],
  });
});

test('a reader who leaves frees the place', async () => {
  const one = await serveInference({ MAX_GENERATIONS: '1' });
  try {
    for await (const event of one.client.stream('Generate', { unconditioned: true, numMolecules: 1000 })) {
      if (event.progress) break;
    }
    const later = async () => {
      for (;;) {
        try {
          for await (const event of one.client.stream('Generate', {
            unconditioned: true,
            numMolecules: 1,
          })) {
            if (event.finished) return event.finished.valid;
          }
        } catch (error) {
          if ((error as { code: string }).code !== 'overloaded') throw error;
        }
      }
    };
    expect(await later()).toBeGreaterThan(0);
  } finally {
    await one.stop();
  }
}, 30_000);
