import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { readScaffold, scaffoldPattern } from './scaffold.ts';

const chem = await Chem.load();

function contains(smiles: string, text: string): boolean {
  const scaffold = readScaffold(chem, text);
  if (scaffold.kind === 'fault') throw new Error(scaffold.detail);
  const pattern = scaffoldPattern(chem, scaffold);
  try {
    return chem.with(smiles, (molecule) => molecule.matches(pattern));
  } finally {
    pattern[Symbol.dispose]();
  }
}

test.each([
  ['COc1cc(C=O)ccc1O', 'c1ccccc1', true],
  ['COc1cc(C=O)ccc1O', 'C1=CC=CC=C1', true],
  ['COc1cc(C=O)ccc1O', 'Cc1ccccc1O', false],
  ['CC1CCCCC1', 'C1CCCCC1', true],
  ['Cc1ccccc1', 'C1CCCCC1', false],
  ['C[C@H](O)CC', 'C[C@@H](O)C', true],
  ['CC(=O)OC', '[#6]C(=O)[O;X2]', true],
  ['CC(=O)O', '[#6]C(=O)[O;X2]C', false],
  ['CCOc1ccccc1', '*Oc1ccccc1', true],
  ['Oc1ccccc1', '*Oc1ccccc1', false],
  ['Cn1cccc1', 'c1cc[nH]c1', true],
])('%s contains %s: %p', (smiles, text, expected) => {
  expect(contains(smiles, text)).toBe(expected);
});

test('what is certain of a molecule around it', () => {
  expect(readScaffold(chem, 'OC1=CC=CC=C1')).toEqual({
    kind: 'core',
    query: 'Oc1ccccc1',
    leastWeight: expect.closeTo(6 * 12.011 + 15.999, 6),
    elements: expect.arrayContaining(['C', 'O']),
    rings: 1,
  });
  expect(readScaffold(chem, '[CH3]c1ccc([Cl,Br])cc1[#7;R]~*[$(C[Zn])]')).toEqual({
    kind: 'smarts',
    query: expect.any(String),
    leastWeight: expect.closeTo(7 * 12.011 + 14.007 + 3 * 1.008, 6),
    elements: ['C', 'N'],
    rings: 1,
  });
});

test.each([
  ['C1CC', /SMILES: ring 1 opened at position 2 is never closed/],
  ['[#6', /SMARTS: look at position 3/],
  ['[!#6;R', /SMARTS: look at position/],
  ['Hello', /SMILES/],
  ['C.C', /one connected piece/],
  ['', /SMILES/],
  ['*'.repeat(101), /from 1 to 100 atoms/],
  ['C'.repeat(501), /at most 500 characters/],
])('not a scaffold: %s', (text, detail) => {
  expect(readScaffold(chem, text)).toEqual({ kind: 'fault', detail: expect.stringMatching(detail) });
  expect(chem.isBroken).toBe(false);
});

test('a broad pattern that fails late is still quick on a cage', () => {
  const startedMs = performance.now();
  expect(contains('CC12CCC3C(CCC4CC(=O)CCC43C)C1CCC2=O', `${'*~'.repeat(19)}[$(*~[Zn])]`)).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(1000);
});
