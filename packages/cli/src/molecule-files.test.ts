import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { decodeText, linesOf, readTable } from './molecule-files.ts';

test.each([
  ['id,SMILES,name', 1, ','],
  ['id;Canonical SMILES;name', 1, ';'],
  ['name\tisomeric_smiles', 1, '\t'],
  ['structure|name', 0, '|'],
  ['x', 0, ','],
  ['molecule;smiles', 1, ';'],
])('the column of the molecules is found by its heading: %j', (header, column, delimiter) => {
  const { column: found, delimiter: by } = readTable(`${header}\n`, 'a.csv');
  expect([found, by]).toEqual([column, delimiter]);
});

test('a column can be named, or numbered; what is not there is told with what is', () => {
  expect(readTable('a,b,c\n1,2,3', 'a.csv', 'B').column).toBe(1);
  expect(readTable('a,b,c\n1,2,3', 'a.csv', '3').column).toBe(2);
  expect(() => readTable('a,b,c\n', 'a.csv', '4')).toThrow('a.csv has no column 4; it has a, b, c');
  expect(() => readTable('a,b,c\n', 'a.csv')).toThrow('Name it with --column: a, b, c');
  expect(() => readTable('', 'a.csv')).toThrow('a.csv is empty');
  expect(() => readTable('a,b\n"1,2\n3', 'a.csv')).toThrow('a.csv is not CSV');
});

test('quotes, short rows, blank lines and Windows line ends are read', () => {
  const { rows } = readTable('smiles,name\r\n"C","a, ""b"""\r\n\r\nCC\r\n', 'a.csv');
  expect(rows).toEqual([['C', 'a, "b"'], ['CC']]);
});

test('text is read in the encodings of spreadsheets', () => {
  expect(decodeText(Buffer.from('\ufeffé', 'utf8'))).toBe('é');
  expect(decodeText(Buffer.from([0xe9, 0x3b]))).toBe('é;');
  expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('é', 'utf16le')]))).toBe('é');
});

test('lines are molecules, with their names left out, however they are cut', async () => {
  const lines: string[] = [];
  const chunks = ['CCO eth', 'anol\r\n\n C1C', 'C1'].map((text) => Buffer.from(text));
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line);
  expect(lines).toEqual(['CCO', 'C1CC1']);
});
