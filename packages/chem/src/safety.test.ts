import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { loadSafetyRules, SafetyScreen, type SafetyVerdict } from './safety.ts';

let chem: Chem;
let screen: SafetyScreen;
beforeAll(async () => {
  chem = await Chem.load();
  screen = new SafetyScreen(chem);
});
afterAll(() => screen[Symbol.dispose]());

const verdict = (smiles: string): SafetyVerdict => chem.with(smiles, (mol) => screen.screen(mol));
const ruleIds = (smiles: string): string[] => verdict(smiles).flags.map(({ rule }) => rule);

test.each(loadSafetyRules())('$id flags $trips and not $passes', ({ id, trips, passes }) => {
  expect(ruleIds(trips)).toContain(id);
  expect(ruleIds(passes)).not.toContain(id);
});

test('the score is 1 without a flag, 0 with a blocking one, and falls with each other one', () => {
  expect(verdict('CC1=CCC(CC1)C(=C)C')).toEqual({ score: 1, flags: [] });
  expect(verdict('COc1cc(C=O)ccc1O')).toMatchObject({
    score: 0.95,
    flags: [{ rule: 'aldehyde', severity: 'info' }],
  });
  expect(verdict('CC(C)=CCCC(C)=CC=O').score).toBeCloseTo(0.7 * 0.95, 12);
  expect(verdict('[N-]=[N+]=Nc1ccccc1').score).toBe(0);
});

test('the most severe flag comes first', () => {
  expect(verdict('O=CCOOC1CO1').flags.map(({ severity }) => severity)).toEqual(['block', 'warn', 'info']);
});

test.each([
  'CCO',
  'CSSC',
  'CC(=O)OCc1ccccc1',
  'COC(=O)c1ccccc1N',
  'C[C@@H]1CCCCCCCCCCCCC(=O)C1',
  'Cc1c[nH]c2ccccc12',
  'COc1cnc(CC(C)C)cn1',
])('the common odorant %s is not flagged', (smiles) => {
  expect(ruleIds(smiles)).toEqual([]);
});

test('a malformed SMARTS is an error at once', () => {
  const rule = loadSafetyRules()[0];
  expect(rule).toBeDefined();
  expect(() => new SafetyScreen(chem, rule === undefined ? [] : [{ ...rule, smarts: '[C' }])).toThrow(
    /SMARTS \[C cannot be read/,
  );
});
