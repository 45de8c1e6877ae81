import { expect, test } from '@jest/globals';
import { checkSmiles, MAX_SMILES_CHARACTERS, scanSmiles } from './smiles-syntax.ts';

test.each([
  'C',
  'COc1cc(C=O)ccc1O',
  'CC1=CCC(CC1)C(=C)C',
  'CSSC',
  'C%12CCCC%12',
  'C%(123)CCCC%(123)',
  'C0CC0',
  'C1CC1C1CC1',
  'C12CCC1CC2',
  'N[C@@H](C)C(=O)O',
  'C[C@](F)(Cl)Br',
  'F/C=C/F',
  'C/C=C\\C',
  'C/1CCCC\\1',
  'C=1CCCC1',
  'C1CCCC=1',
  'C=1CCCC=1',
  'C(C)1CC1',
  '[13CH4]',
  '[2H]OC',
  '[H][H]',
  '[NH4+]',
  '[O--]',
  '[O-2]',
  '[Fe+3]',
  '[Cu++]',
  '[nH]1cccc1',
  '[se]1cccc1',
  '[as]1ccccc1',
  'b1ccccc1',
  'p1ccccc1',
  'c1ccsc1',
  'Sc1ccccc1',
  'C$C',
  'c1ccccc1-c2ccccc2',
  'c:1:c:c:c:c:c1',
  '[Na+].[Cl-]',
  'CCO.O',
  'C1.C1C',
  'C(C)(C)(C)C',
  'C(=O)(O)C',
  'ClC(Br)I',
  '[CH3:1]O',
  '[Pt@SP1](F)(Cl)(Br)I',
  '[C@TH2](F)(Cl)(Br)I',
  '[Og]',
  'N#Cc1ccccc1',
  `${'C('.repeat(300)}C${')'.repeat(300)}`,
])('%s is well formed', (smiles) => {
  expect(checkSmiles(smiles)).toBeUndefined();
});

test.each([
  ['', 1, 0, 'the SMILES is empty'],
  ['C1CC', 2, 1, 'ring 1 opened at position 2 is never closed'],
  ['C%12CC', 2, 3, 'ring 12 opened at position 2 is never closed'],
  ['C1CC1C2C3CC2', 9, 1, 'ring 3 opened at position 9 is never closed'],
  [
    'C=1CC-1',
    7,
    1,
    'ring 1 opened at position 3 and closed at position 7 has a double bond at one end and a single bond at the other',
  ],
  ['C11', 3, 1, 'ring 1 opened at position 2 and closed at position 3 bonds an atom to itself'],
  [
    'C1C1',
    4,
    1,
    'ring 1 opened at position 2 and closed at position 4 bonds two atoms that are bonded already',
  ],
  [
    'C12CC12',
    7,
    1,
    'ring 2 opened at position 3 and closed at position 7 bonds two atoms that are bonded already',
  ],
  ['1CC1', 1, 1, 'ring number 1 at position 1 has no atom before it'],
  ['C(1CC1)', 3, 1, 'ring number 1 at position 3 has no atom before it'],
  ['C%1CC', 2, 1, "'%' at position 2 is not followed by a ring number of two digits"],
  ['C(C', 2, 1, 'branch opened at position 2 is never closed'],
  ['C(C(C)', 2, 1, 'branch opened at position 2 is never closed'],
  ['CC)C', 3, 1, "')' at position 3 closes no branch"],
  ['C()C', 2, 2, 'branch at position 2 is empty'],
  ['(C)C', 1, 1, 'branch opened at position 1 has no atom to branch from'],
  ['C((C))C', 3, 1, 'branch opened at position 3 has no atom to branch from'],
  ['C=(C)C', 2, 1, "bond '=' at position 2 leads to no atom"],
  ['C(=)C', 3, 1, "bond '=' at position 3 leads to no atom"],
  ['CC=', 3, 1, "bond '=' at position 3 leads to no atom"],
  ['CC=.C', 3, 1, "bond '=' at position 3 leads to no atom"],
  ['=CC', 1, 1, "bond '=' at position 1 has no atom before it"],
  ['C==C', 2, 2, "two bonds in a row, '==', at position 2"],
  ['C.=C', 3, 1, "bond '=' at position 3 follows the dot at position 2"],
  ['.C', 1, 1, 'dot at position 1 has no atom before it'],
  ['C.', 2, 1, 'dot at position 2 has nothing after it'],
  ['C..C', 2, 2, 'two dots in a row at position 2'],
  ['C(.C)C', 3, 1, 'dot at position 3 has no atom before it'],
  ['C[NH4+', 2, 1, 'bracket opened at position 2 is never closed'],
  ['C[N[O]', 2, 1, 'bracket opened at position 2 is never closed'],
  ['C]', 2, 1, "']' at position 2 closes no bracket"],
  ['[]', 1, 2, 'bracket atom [] at position 1 has no element symbol'],
  ['C[Xx]', 3, 2, "'Xx' at position 3 is not an element symbol"],
  ['[D]C', 2, 1, "'D' at position 2 is not an element symbol in SMILES"],
  ['[C+H3]', 4, 1, "'H' at position 4 is not expected here in bracket atom [C+H3]"],
  ['[C@@@H]', 5, 1, "'@' at position 5 is not expected here in bracket atom [C@@@H]"],
  ['[C@SP4]', 3, 4, 'chirality @SP4 at position 3 does not exist'],
  ['[1313CH4]', 2, 4, 'isotope 1313 at position 2 is impossible'],
  ['[#6]', 2, 1, "'#' at position 2 is not allowed in a bracket atom"],
  ['[*]C', 2, 1, "the wildcard atom '*' at position 2 names no element"],
  ['C*', 2, 1, "the wildcard atom '*' at position 2 names no element"],
  ['CC>>CO', 3, 1, "'>' at position 3 belongs to a reaction"],
  ['N->C', 2, 2, "dative bond '->' at position 2 is not part of SMILES"],
  ['C~C', 2, 1, "unspecified bond '~' at position 2 has no order"],
  ['CC O', 3, 1, 'a space at position 3 stands inside the SMILES'],
  ['CC\tO', 3, 1, 'a tab at position 3 stands inside the SMILES'],
  ['CNa', 2, 2, 'element Na at position 2 needs square brackets'],
  ['C[Si]Si', 6, 2, 'element Si at position 6 needs square brackets'],
  ['CMg', 2, 2, 'element Mg at position 2 needs square brackets'],
  ['CH3', 2, 1, "hydrogen 'H' at position 2 needs square brackets"],
  ['Cse', 2, 2, 'aromatic se at position 2 needs square brackets'],
  ['CR', 2, 1, "'R' at position 2 is not an element symbol"],
  ['vanillin', 1, 1, "'v' at position 1 is not an element symbol"],
  ['C!C', 2, 1, "'!' at position 2 is not a SMILES character"],
  ['C\u2212C', 2, 1, "'\u2212' (U+2212) at position 2 is not a SMILES character"],
  ['\u0421C', 1, 1, "'\u0421' (U+0421) at position 1 is not a SMILES character"],
  ['C\u200bC', 2, 1, 'the invisible character U+200B at position 2 is not a SMILES character'],
  ['C\u{1f33c}', 2, 2, "'\u{1f33c}' (U+1F33C) at position 2 is not a SMILES character"],
])('%j has its fault at character %i', (smiles, position, length, detail) => {
  expect(checkSmiles(smiles)).toMatchObject({
    position,
    length,
    detail,
    hint: expect.stringMatching(/.{5,}/),
  });
});

test('a SMILES of exactly the limit is read and one character more is not', () => {
  expect(checkSmiles('C'.repeat(MAX_SMILES_CHARACTERS))).toBeUndefined();
  expect(checkSmiles('C'.repeat(MAX_SMILES_CHARACTERS + 1))).toMatchObject({
    position: 1001,
    length: 1,
    detail: 'the SMILES has 1001 characters; at most 1000 are read',
  });
});

test('a bracketed lower-case element is told its capital', () => {
  expect(checkSmiles('[na+]')?.detail).toBe("'na' at position 2 is not an element symbol");
  expect(checkSmiles('[cl-]')?.hint).toBe('write Cl with a capital letter');
});

test('atoms are found where they are written', () => {
  const scan = scanSmiles('C[NH3+].ClBr');
  expect(scan).toEqual({
    kind: 'ok',
    ringBonds: 0,
    atoms: [
      { symbol: 'C', position: 1, length: 1, charge: 0 },
      { symbol: 'N', position: 2, length: 6, charge: 1 },
      { symbol: 'Cl', position: 9, length: 2, charge: 0 },
      { symbol: 'Br', position: 11, length: 2, charge: 0 },
    ],
  });
});
