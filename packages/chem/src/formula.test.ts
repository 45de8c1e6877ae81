import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { sumFormula } from './formula.ts';

const chem = await Chem.load();

test.each([
  ['COc1cc(C=O)ccc1O', 'C8H8O3'],
  ['CC(=O)[O-]', 'C2H3O2-'],
  ['CSSC', 'C2H6S2'],
  ['O', 'H2O'],
  ['ClC(Cl)(Cl)Br', 'CBrCl3'],
  ['[Ca+2].[O-2]', 'CaO'],
  ['[Na+].[Cl-]', 'ClNa'],
  ['[NH4+]', 'H4N+'],
  ['[Ca+2]', 'Ca2+'],
])('%s is %s', (smiles, formula) => {
  expect(chem.with(smiles, (molecule) => sumFormula(molecule.canonicalGraph()))).toBe(formula);
});
