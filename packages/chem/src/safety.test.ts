import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { fragranceAllergens, SafetyScreen, type SafetyVerdict } from './safety.ts';
import { loadSafetyRules, parseSafetyRules } from './safety-rules.ts';

const rules = loadSafetyRules();
let chem: Chem;
let screen: SafetyScreen;
let unfiltered: SafetyScreen;
beforeAll(async () => {
  chem = await Chem.load();
  screen = new SafetyScreen(chem);
  unfiltered = new SafetyScreen(chem, { isFiltered: false });
});
afterAll(() => {
  screen[Symbol.dispose]();
  unfiltered[Symbol.dispose]();
});

const verdict = (smiles: string): SafetyVerdict => chem.with(smiles, (mol) => screen.screen(mol));
const ruleIds = (smiles: string): string[] => verdict(smiles).flags.map(({ rule }) => rule);

test.each(rules)('$id flags what must trip it and not what must pass', ({ id, trips, passes }) => {
  for (const smiles of trips)
    expect([smiles, ruleIds(smiles)]).toEqual([smiles, expect.arrayContaining([id])]);
  for (const smiles of passes) expect([smiles, ...ruleIds(smiles)]).not.toContain(id);
});

const lists = rules.flatMap((rule) => (rule.kind === 'substances' ? [rule] : []));

test.each(lists)('every substance of $id is written as it is looked up, once, and is flagged', (rule) => {
  const forms = rule.substances.flatMap(({ smiles }) => smiles);
  expect(forms).toEqual(forms.map((smiles) => chem.with(smiles, (mol) => mol.flatSmiles)));
  expect(new Set(forms).size).toBe(forms.length);
  for (const smiles of forms) expect(ruleIds(smiles)).toContain(rule.id);
});

test('what blocks a molecule can be asked apart from the rest', () => {
  for (const smiles of rules.flatMap(({ trips, passes }) => [...trips, ...passes])) {
    const blocked = chem.with(smiles, (mol) => screen.blocks(mol));
    expect([smiles, blocked]).toEqual([smiles, verdict(smiles).score === 0]);
  }
});

test('what a rule needs of the SMILES hides nothing that the rule would flag', () => {
  const examples = rules.flatMap(({ trips, passes }) => [...trips, ...passes]);
  for (const smiles of examples) {
    expect(verdict(smiles)).toEqual(chem.with(smiles, (mol) => unfiltered.screen(mol)));
  }
});

test('the score is 1 without a flag, 0 with a blocking one, and counts each kind of concern once', () => {
  expect(verdict('CCCC(=O)OCC')).toEqual({ score: 1, flags: [] });
  expect(verdict('CCCCCCCC=O')).toMatchObject({ score: 0.95, flags: [{ rule: 'aldehyde' }] });
  // Citral: reactive (a Michael acceptor, and an aldehyde), and regulated (restricted, and an allergen).
  expect(verdict('CC(C)=CCCC(C)=CC=O').score).toBeCloseTo(0.7 * 0.7, 12);
  expect(verdict('[N-]=[N+]=Nc1ccccc1').score).toBe(0);
});

test('the most severe flag comes first', () => {
  expect(verdict('O=CCOOC1CO1').flags.map(({ severity }) => severity)).toEqual(['block', 'warn', 'info']);
});

test('a listed substance is named, whatever its stereo, with its place in the source', () => {
  expect(verdict('C/C(C)=C\\CC/C(C)=C/C=O').flags).toContainEqual({
    rule: 'eu-fragrance-allergen',
    severity: 'info',
    title: 'Fragrance allergen that labels in the European Union must name: Citral',
    source: expect.stringMatching(/1223\/2009.*entry 70$/),
  });
});

test.each([
  ['ethanol', 'CCO'],
  ['dimethyl disulfide', 'CSSC'],
  ['benzyl acetate', 'CC(=O)OCc1ccccc1'],
  ['methyl anthranilate', 'COC(=O)c1ccccc1N'],
  ['muscone', 'C[C@@H]1CCCCCCCCCCCCC(=O)C1'],
  ['skatole', 'Cc1c[nH]c2ccccc12'],
  ['indole', 'c1ccc2[nH]ccc2c1'],
  ['phenethyl alcohol', 'OCCc1ccccc1'],
  ['phenethylamine', 'NCCc1ccccc1'],
  ['2-isobutyl-3-methoxypyrazine', 'COc1nccnc1CC(C)C'],
  ['gamma-decalactone', 'CCCCCCC1CCC(=O)O1'],
  ['2-acetyl-1-pyrroline', 'CC(=O)C1=NCCC1'],
])('the common odorant %s is not flagged', (_, smiles) => {
  expect(ruleIds(smiles)).toEqual([]);
});

test.each([
  ['sarin', 'CC(C)OP(C)(=O)F'],
  ['VX', 'CCOP(C)(=O)SCCN(C(C)C)C(C)C'],
  ['phosgene', 'O=C(Cl)Cl'],
  ['lewisite', 'Cl/C=C/[As](Cl)Cl'],
  ['TNT', 'Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]'],
  ['nitroglycerin', 'C(C(CO[N+](=O)[O-])O[N+](=O)[O-])O[N+](=O)[O-]'],
  ['MDMA', 'CC(Cc1ccc2c(c1)OCO2)NC'],
  ['heroin', 'CC(=O)Oc1ccc2c3c1O[C@H]1[C@@H](OC(C)=O)C=C[C@H]4[C@@H](C2)N(C)CC[C@@]341'],
  ['carfentanil', 'CCC(=O)N(c1ccccc1)C1(C(=O)OC)CCN(CCc2ccccc2)CC1'],
  ['cocaine', 'COC(=O)[C@H]1[C@@H](OC(=O)c2ccccc2)C[C@@H]2CC[C@H]1N2C'],
  ['LSD', 'CCN(CC)C(=O)[C@H]1CN(C)[C@@H]2Cc3c[nH]c4cccc(C2=C1)c34'],
  ['musk ambrette', 'COc1c(C(C)(C)C)cc([N+](=O)[O-])c(C)c1[N+](=O)[O-]'],
])('%s is blocked', (_, smiles) => {
  const { score, flags } = verdict(smiles);
  expect([score, flags[0]?.severity]).toEqual([0, 'block']);
});

test('the fragrance allergens are known by name to those who leave them out', () => {
  const allergens = fragranceAllergens();
  expect(allergens).toContain('C=CC(C)(O)CCC=C(C)C');
  expect(new Set(allergens).size).toBe(allergens.length);
});

const sources = { here: { title: 'A book', year: 2001 } };
const good = {
  ...{ id: 'acid', title: 'Acid', severity: 'info', kind: 'smarts', source: 'here', why: 'It stings.' },
  ...{ smarts: ['C(=O)O'], needs: ['=O'], trips: ['CC(=O)O'], passes: ['CCO'] },
};
const parse = (...written: unknown[]) =>
  parseSafetyRules({ reactive: { version: '1', rules: written } }, sources);

test('a rule carries its concern, version and source', () => {
  expect(parse(good)).toMatchObject([{ concern: 'reactive', version: '1', cited: 'A book (2001)' }]);
});

test.each([
  [{ ...good, severity: 'bad' }, /^safety rule acid \(reactive\): severity: /],
  [{ ...good, needs: ['Q'] }, /^safety rule acid \(reactive\): needs.0: /],
  [{ ...good, source: 'there' }, /^safety rule acid \(reactive\): source: there is not in sources.json/],
  [{ ...good, trips: [] }, /^safety rule acid \(reactive\): trips: /],
  [{ ...good, id: undefined }, /^safety rule number 1 \(reactive\): id: /],
  [
    { ...good, kind: 'substances', smarts: undefined, needs: undefined, substances: [listed('50-00-1')] },
    /safety rule acid \(reactive\): substances.0.cas.0: 50-00-1 is no CAS number/,
  ],
])('a faulty rule is named with its fault (%#)', (rule, message) => {
  expect(() => parse(rule)).toThrow(message);
});

function listed(cas: string) {
  return { name: 'formaldehyde', cas: [cas], smiles: ['C=O'] };
}

test('two rules of one id, and a malformed SMARTS, are errors that name the rule', () => {
  expect(() => parse(good, good)).toThrow(/safety rule acid \(reactive\): id: another rule has it too/);
  const [rule] = parse({ ...good, smarts: ['[C'] });
  expect(() => new SafetyScreen(chem, { rules: rule === undefined ? [] : [rule] })).toThrow(
    /safety rule acid: SMARTS \[C cannot be read/,
  );
});
