import { expect, test } from '@jest/globals';
import { Selfies } from './selfies.ts';

const tokens = [
  '<pad>',
  '<mask>',
  ...'[C] [=C] [O] [=O] [N] [N+1] [O-1] [F] [Cl] [Branch1] [=Branch1] [Ring1] [Ring2] [#C]'.split(' '),
];
const selfies = new Selfies(tokens, 2);
const read = (text: string) => selfies.decode(text.split(' ').map((token) => tokens.indexOf(`[${token}]`)));

test.each([
  ['C C O', 'CCO'],
  ['C C =O', 'CC=O'],
  // What an atom cannot bear is weakened, and what hangs on a full atom is not read.
  ['F =C C', 'FCC'],
  ['C F C C', 'CF'],
  ['C Branch1 C O C', 'C(O)C'],
  ['C C C C C C Ring1 =Branch1', 'C1CCCCC1'],
  ['C =C C =C C =C Ring1 =Branch1', 'C1=CC=CC=C1'],
  // A ring of two neighbours strengthens their bond.
  ['C C Ring1 C', 'C=C'],
  // A branch or ring with nothing to hang on is skipped.
  ['Ring1 C', 'C'],
  ['', ''],
  // A charged atom has all of its bonds.
  ['C N+1 Branch1 C O-1 C', 'C[NH+]([O-])C'],
])('%p reads %p', (text, smiles) => {
  expect(read(text)).toBe(smiles);
});

test('mask and padding are no text', () => {
  expect(selfies.decode([2, 1, 0, 4])).toBe('CO');
});
