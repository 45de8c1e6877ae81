import { expect, test } from '@jest/globals';
import { Chem } from './chem.ts';
import { readGoldenProperties } from './properties-golden.ts';
import { compareReading, spellingsOf } from './reading-agreement.ts';
import { readOrdinary } from './smiles-reader.ts';

const chem = await Chem.load();

test('what is read without RDKit is what RDKit reads, for a thousand molecules in eight spellings', () => {
  const spellings = readGoldenProperties().flatMap(({ smiles }) => spellingsOf(chem, smiles));
  const { read, different } = compareReading(chem, spellings);
  expect(different).toEqual([]);
  expect(read / spellings.length).toBeGreaterThan(0.8);
}, 30_000);

test('nor does it read anything else of what is written wrong', () => {
  let random = 7;
  const next = (below: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((random / 2_147_483_648) * below);
  };
  const parts =
    'C N O S c n o s = # ( ) 1 2 3 - : / @ F Cl [nH] [n+] [N+] [O-] [C@H] [cH] [NH] c1 C1 =O . %'.split(' ');
  const broken = readGoldenProperties().flatMap(({ smiles }) =>
    [0, 1, 2].map((kept) => {
      const at = next(smiles.length + 1);
      return smiles.slice(0, at) + (parts[next(parts.length)] ?? '') + smiles.slice(at + kept);
    }),
  );
  const { read, different } = compareReading(chem, broken);
  expect(different).toEqual([]);
  expect(read).toBeGreaterThan(300);
}, 30_000);

test.each([
  ['c1ccccc1', 'aromatic as it is written'],
  ['C1=CC=CC=C1', "Kekulé's spelling"],
  ['C1=CC2=CC=CC=C2C=C1', 'fused rings'],
  ['c1ccc2cccc-2cc1', 'azulene: the union of two rings'],
  ['CC1=CC(=O)C=CC1=O', 'a quinone, not aromatic'],
  ['O=c1ccocc1', 'an oxygen outside draws its electron'],
  ['CN1C=NC2=C1C(=O)N(C)C(=O)N2C', 'caffeine'],
  ['c1ccccc1c1ccccc1', 'a single bond between rings that is not written'],
  ['CC1=CCC2CC1C2(C)C', 'a cage without an aromatic ring'],
  ['C[N+](=O)[O-]', 'charges that add up to none'],
  ['C[S@](=O)CC', 'stereo'],
  ['N[C@@H](C)C(=O)O', 'a hydrogen in brackets'],
])('%s is read: %s', (smiles) => {
  expect(compareReading(chem, [smiles])).toEqual({ spellings: 1, read: 1, different: [] });
});

test.each([
  ['CC(=O)[O-].[Na+]', 'a salt'],
  ['CC(=O)[O-]', 'an ion'],
  ['C[CH]C', 'a radical'],
  ['[2H]C', 'an isotope'],
  ['[H]OC', 'a written hydrogen'],
  ['O', 'no carbon'],
  ['COP(=O)(O)O', 'phosphorus'],
  ['C[Si](C)(C)C', 'a rare element'],
  ['CN(=O)=O', 'what RDKit writes otherwise'],
  ['C12C3C4C1C5C2C3C45'.replaceAll('C', 'c'), 'a cage in small letters'],
  ['c1ccc1', 'small letters that are not aromatic'],
  ['c1cccc1', 'no double bonds can be given'],
  ['CC(C)(C)(C)C', 'too many bonds'],
  ['C1CC', 'a ring that is not closed'],
  ['C'.repeat(41), 'so large that it is remarked on'],
  ['', 'nothing'],
  ['CCç', 'another alphabet'],
])('%s is left to RDKit: %s', (smiles) => {
  expect(readOrdinary(smiles)).toBeUndefined();
});
