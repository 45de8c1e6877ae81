import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { FragmentScores } from './fragment-scores.ts';
import { morganEnvironments, morganFingerprint, tanimoto } from './morgan.ts';
import { type MolecularProperties, propertiesOf } from './properties.ts';
import { comparisons, readGoldenProperties } from './properties-golden.ts';

// What Python's RDKit says of 1,000 molecules.
const golden = readGoldenProperties();

const chem = await Chem.load();
const scores = FragmentScores.load();
const made = new Map<string, MolecularProperties>(
  golden.map(({ smiles }) => [
    smiles,
    chem.with(smiles, (molecule) => {
      const graph = molecule.canonicalGraph();
      return propertiesOf(graph, molecule.stereocentres(graph), scores);
    }),
  ]),
);

test('1,000 molecules', () => expect(made.size).toBe(1000));

test.each(comparisons)('$name', ({ recorded, own, tolerance }) => {
  // All molecules that differ, with both numbers: they tell more than the first.
  const differing = golden.flatMap((row) => {
    const properties = made.get(row.smiles);
    const value = properties === undefined ? Number.NaN : own(properties);
    const isNear = Math.abs(value - recorded(row)) <= tolerance;
    return isNear ? [] : [`${row.smiles} ${recorded(row)} ${value}`];
  });
  expect(differing).toEqual([]);
});

test('the numbers of Morgan environments are those of RDKit', () => {
  const rows = golden.filter(({ morgan }) => morgan !== undefined);
  expect(rows.length).toBe(200);
  for (const { smiles, morgan } of rows) {
    const counts: Record<string, number> = {};
    for (const id of made.get(smiles)?.environments ?? []) counts[id] = (counts[id] ?? 0) + 1;
    expect([smiles, counts]).toEqual([smiles, morgan]);
  }
});

test('similarity is 1 to itself, 0 to what shares nothing, and symmetric', () => {
  const print = (smiles: string) =>
    chem.with(smiles, (molecule) => morganFingerprint(morganEnvironments(molecule.canonicalGraph())));
  const [vanillin, ethylVanillin, other] = ['COc1cc(C=O)ccc1O', 'CCOc1cc(C=O)ccc1O', 'C(Cl)(Cl)(Cl)Cl'].map(
    print,
  );
  if (!vanillin || !ethylVanillin || !other) throw new Error('no fingerprints');
  expect(tanimoto(vanillin, vanillin)).toBe(1);
  expect(tanimoto(vanillin, other)).toBe(0);
  // RDKit: DataStructs.TanimotoSimilarity of GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint.
  expect(tanimoto(vanillin, ethylVanillin)).toBeCloseTo(tanimoto(ethylVanillin, vanillin), 12);
  expect(tanimoto(vanillin, ethylVanillin)).toBeCloseTo(0.65625, 6);
});

test('the table is shared by its memory', () => {
  const again = new FragmentScores(scores.memory);
  for (const id of made.get('CSSC')?.environments ?? []) expect(again.of(id)).toBe(scores.of(id));
  expect(scores.memory.byteLength).toBeLessThan(10e6);
  expect(scores.of(1)).toBe(-4);
});
