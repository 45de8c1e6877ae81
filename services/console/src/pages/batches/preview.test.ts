import { expect, test } from '@jest/globals';
import { fileFault, maxFileBytes, previewOf, typeOf } from './preview.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('a file of a spreadsheet in Latin-1 with semicolons, and one with a mark in UTF-8', () => {
  const latin = Uint8Array.from('Name;SMILES\r\nd\u00e9canal;CCCCCCCCCC=O\r\n', (letter) =>
    letter.charCodeAt(0),
  );
  expect(previewOf('odeurs.csv', latin)).toEqual({
    encoding: 'windows-1252',
    hasMark: false,
    delimiter: ';',
    columns: ['Name', 'SMILES'],
    smilesColumn: 1,
    rows: [['d\u00e9canal', 'CCCCCCCCCC=O']],
  });
  const marked = previewOf('a.tsv', new Uint8Array([0xef, 0xbb, 0xbf, ...utf8('smiles\tid\nCCO\t1')]));
  expect(marked).toMatchObject({ encoding: 'utf-8', hasMark: true, delimiter: '\t', smilesColumn: 0 });
});

test('quotes keep a delimiter, lines of SMILES have no columns, and bytes are no text', () => {
  expect(previewOf('a.csv', utf8('"a,b",structure\n"1,2",CCO'))).toMatchObject({
    columns: ['a,b', 'structure'],
    smilesColumn: -1,
    rows: [['1,2', 'CCO']],
  });
  const lines = previewOf('a.smi', utf8('CCO ethanol\nCC'));
  expect(lines).toMatchObject({ delimiter: undefined, rows: [['CCO', 'ethanol'], ['CC']] });
  expect(typeOf('a.txt', lines)).toBe('chemical/x-daylight-smiles');
  expect(previewOf('a.csv', new Uint8Array([80, 0, 1, 0]))).toBeUndefined();
  // Cut in the middle of a character.
  expect(previewOf('a.csv', utf8('smiles,name\nCCO,\u00e9').subarray(0, -1))?.encoding).toBe('utf-8');
});

test.each([
  ['a.csv', 10, undefined],
  ['a.smi.gz', 10, undefined],
  ['a.csv', 0, 'empty'],
  ['a.csv', maxFileBytes + 1, 'tooLarge'],
  ['a.xlsx', 10, 'spreadsheet'],
  ['a.zip', 10, 'archive'],
  ['a.sdf', 10, 'sdf'],
  ['a.pdf', 10, 'unknownType'],
])('%s of %i bytes: %s', (name, bytes, fault) => expect(fileFault(name, bytes)).toBe(fault));
