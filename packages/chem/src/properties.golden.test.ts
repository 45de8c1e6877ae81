import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { FragmentScores } from './fragment-scores.ts';
import { morganEnvironments, morganFingerprint, tanimoto } from './morgan.ts';
import { type MolecularProperties, propertiesOf } from './properties.ts';
import { type GoldenProperties, readGoldenProperties } from './properties-golden.ts';

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

/** The molecules that differ by more, with both numbers: all of them at once tell more than the first. */
function differing(
  recorded: (row: GoldenProperties) => number,
  own: (properties: MolecularProperties) => number,
  tolerance: number,
): string[] {
  return golden.flatMap((row) => {
    const properties = made.get(row.smiles);
    const value = properties === undefined ? Number.NaN : own(properties);
    const isNear = Math.abs(value - recorded(row)) <= tolerance;
    return isNear ? [] : [`${row.smiles} ${recorded(row)} ${value}`];
  });
}

test('1,000 molecules', () => expect(made.size).toBe(1000));

test('synthetic accessibility', () => {
  expect(
    differing(
      (row) => row.sa,
      (own) => own.syntheticAccessibility,
      0.001,
    ),
  ).toEqual([]);
});

test('log P', () => {
  expect(
    differing(
      (row) => row.logp,
      (own) => own.logP,
      1e-4,
    ),
  ).toEqual([]);
});

test('polar surface', () => {
  expect(
    differing(
      (row) => row.tpsa,
      (own) => own.tpsa,
      0.01,
    ),
  ).toEqual([]);
});

test('weight', () => {
  expect(
    differing(
      (row) => row.weight,
      (own) => own.molecularWeight,
      0.002,
    ),
  ).toEqual([]);
});

test('rings', () => {
  expect(
    differing(
      (row) => row.rings,
      (own) => own.rings,
      0,
    ),
  ).toEqual([]);
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
