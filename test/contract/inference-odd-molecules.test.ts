import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateAll, type ServedInference, serveInference } from '../support/inference.ts';

// Everything that can be read gets an answer, with a warning where it should be read with care; the rest a reason.
let served: ServedInference;

beforeAll(async () => {
  served = await serveInference({ MAX_WORKERS: '1' });
}, 60_000);

afterAll(async () => {
  await served.stop();
});

async function predictOne(smiles: string) {
  const { rows } = await served.client.unary('Predict', { smiles: [smiles], topK: 3 });
  return rows[0];
}

test.each([
  ['a radical', 'C[CH]C', ['radical']],
  ['an aryl radical', '[c]1ccccc1', ['radical']],
  ['deuterium', '[2H]C([2H])([2H])C(C)=O', ['isotope']],
  ['carbon-13', '[13CH3]CO', ['isotope']],
  ['an anion', 'CC(=O)[O-]', ['ion']],
  ['a quaternary cation', 'C[N+](C)(C)C', ['ion']],
  ['a salt', 'CC(=O)[O-].[Na+]', ['salt']],
  ['a chain of 93 carbons', 'C'.repeat(93), ['involatile']],
  ['a chain of 250 carbons', 'C'.repeat(250), ['involatile']],
  ['selenium', 'C[Se]C', ['rare_element']],
  ['mercury', 'C[Hg]C', ['rare_element']],
  ['uranium', '[U]', ['inorganic', 'rare_element']],
  ['a mixture', 'CCO.OCC=C', ['mixture']],
  ['a stereocentre', 'C[C@H](O)CC', ['stereo']],
  ['a double bond with its sides', 'C/C=C\\CO', ['stereo']],
  ['an ordinary molecule', 'COc1cc(C=O)ccc1O', []],
  ['a nitro group', 'O=[N+]([O-])c1ccccc1', []],
])('%s is answered, with its warnings', async (_, smiles, warnings) => {
  const row = await predictOne(smiles);
  expect(row?.prediction?.notes).toHaveLength(3);
  for (const probability of row?.prediction?.probabilities ?? []) {
    expect(probability).toBeGreaterThanOrEqual(0);
    expect(probability).toBeLessThanOrEqual(1);
  }
  expect(row?.prediction?.warnings.map(({ code }) => code)).toEqual(warnings);
});

test.each([
  ['a polymer with open ends', '*CC*', /wildcard/, /monomer/],
  ['a residue', 'CC[*:1]', /wildcard/, /monomer/],
  ['a BigSMILES', '{[]CC[]}', /not a SMILES character/, /./],
  ['a reaction', 'CC>>CO', /reaction/, /one molecule/],
  ['251 atoms', 'C'.repeat(251), /251 heavy atoms/, /small molecule/],
  ['too many bonds', '[CH5]', /5 bonds/, /./],
  ['an aromatic atom in no ring', 'cc', /in no ring/, /./],
  ['no element', '[Xx]C', /not an element/, /periodic table/],
])('%s is refused with what is wrong and what would be right', async (_, smiles, detail, hint) => {
  const row = await predictOne(smiles);
  expect(row?.error).toMatchObject({
    code: 'invalid_input',
    detail: expect.stringMatching(detail),
    hint: expect.stringMatching(hint),
  });
});

test('mirror images and labelled molecules get the answer of the plain molecule', async () => {
  const [plain, mirrored, labelled] = await Promise.all(
    ['CC(O)CC', 'C[C@H](O)CC', '[13CH3]C(O)CC'].map(predictOne),
  );
  expect(mirrored?.prediction?.notes).toEqual(plain?.prediction?.notes);
  expect(labelled?.prediction?.notes).toEqual(plain?.prediction?.notes);
});

test.each(['C[CH]C', '[13CH3]CO', 'CC(=O)[O-]', 'C[Se]C', 'CCO.OCC=C', 'C[C@H](O)CC', 'C'.repeat(93)])(
  'a generation takes %s as the molecule to be unlike',
  async (smiles) => {
    const constraints = { similarTo: { smiles, max: 0.5 } };
    const { molecules } = await generateAll(served, {
      description: 'rose',
      numMolecules: 1,
      seed: 1,
      constraints,
    });
    expect(molecules).toHaveLength(1);
    expect(molecules[0]?.similarity).toBeLessThanOrEqual(0.5);
  },
  30_000,
);

test.each(['*CC*', '[CH5]', 'C'.repeat(251), 'not a molecule'])(
  'a generation refuses %s as a reference, by field',
  async (smiles) => {
    const constraints = { similarTo: { smiles, max: 0.5 } };
    await expect(
      generateAll(served, { description: 'rose', numMolecules: 1, constraints }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/constraints/similar_to/smiles', detail: expect.any(String) }],
    });
  },
);
