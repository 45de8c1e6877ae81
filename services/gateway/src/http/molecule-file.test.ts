import { expect, test } from '@jest/globals';
import { MoleculeFile, type MoleculeFileOptions } from './molecule-file.ts';

/** The bytes in pieces of a few at a time, so that every border falls somewhere. */
async function* pieces(bytes: Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(bytes: Buffer | string, options: Partial<MoleculeFileOptions> = {}, size = 3) {
  const file = new MoleculeFile(pieces(Buffer.from(bytes as string), size), { format: 'csv', ...options });
  const rows = [];
  for await (const row of file.rows()) rows.push(row);
  return { rows, smiles: rows.map(({ smiles }) => smiles), report: file.report };
}

test('CSV by its header: the column, quotes, line breaks in cells, each row with the line it begins on', async () => {
  const { rows, report } = await read('id,"SMILES",note\r\n1,CCO,"a\r\nb"\r\n\r\n2,"CC",\r\n');
  expect(rows).toEqual([
    { smiles: 'CCO', line: 2 },
    { smiles: 'CC', line: 5 },
  ]);
  expect(report).toEqual({
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ',',
    column: 'SMILES',
    rows: 2,
    rejected: 0,
    problems: [],
  });
});

test.each([
  [';', 'name;smiles\nà;CCO'],
  ['\t', 'name\tsmiles\nà\tCCO'],
  ['|', 'name|smiles\nà|CCO'],
  [',', '"a;b;c",smiles\nà,CCO'],
])('delimiter %j is recognised', async (delimiter, text) => {
  const { smiles, report } = await read(text);
  expect(smiles).toEqual(['CCO']);
  expect(report.delimiter).toBe(delimiter);
});

test.each([
  ['utf-8', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('smiles,n\nCCO,é\n')])],
  ['utf-16le', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('smiles,n\nCCO,\u010A\n', 'utf16le')])],
  [
    'utf-16be',
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('smiles,n\nCCO,é\n', 'utf16le').swap16()]),
  ],
  ['windows-1252', Buffer.from('smiles,n\nCCO,\xe9t\xe9\n', 'latin1')],
])('%s is recognised, however it is cut', async (encoding, bytes) => {
  for (const size of [1, 2, 5, 1000]) {
    const { smiles, report } = await read(bytes, {}, size);
    expect(smiles).toEqual(['CCO']);
    expect(report.encoding).toBe(encoding);
  }
});

test('the column by name or by number; a wrong one is told with what there is', async () => {
  const text = 'a,b\nC,N\n';
  expect((await read(text, { column: 'B' })).smiles).toEqual(['N']);
  expect((await read(text, { column: '1' })).smiles).toEqual(['C']);
  await expect(read(text)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('the first line names "a", "b"'),
  });
  await expect(read(text, { column: '3' })).rejects.toMatchObject({ errors: [{ pointer: '/column' }] });
});

test('a bad row has its line and reason, and the others go on', async () => {
  const { rows, report } = await read('n,smiles\n1,CCO\n2\n3,\n4,C"C\n');
  expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
    [2, undefined],
    [3, 'the row has 1 cell; column "smiles" is number 2'],
    [4, 'column "smiles" is empty'],
    [5, undefined],
  ]);
  expect(report).toMatchObject({ rows: 4, rejected: 2, problems: [{ line: 3 }, { line: 4 }] });
});

test('what is no CSV ends with its line: a quote never closed, a line without end, bytes that are no text', async () => {
  await expect(read('smiles\n"CCO\nCC\n')).rejects.toMatchObject({ message: expect.stringMatching(/quote/) });
  const long = `smiles\nC\n${'C'.repeat(70_000)}`;
  await expect(read(long, {}, 4096)).rejects.toMatchObject({ message: expect.stringContaining('line 3') });
  await expect(read(`smiles\n"${'C\n'.repeat(50_000)}`, {}, 4096)).rejects.toMatchObject({
    code: 'invalid_input',
  });
  await expect(read(Buffer.from([1, 2, 0, 10, 3]))).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a SMILES file: the name after a blank is not the molecule, empty lines and a title are passed over', async () => {
  const text = 'smiles name\nCCO ethanol\r\n\n  CC\tethane\nC';
  const { rows, report } = await read(text, { format: 'smiles' });
  expect(rows).toEqual([
    { smiles: 'CCO', line: 2 },
    { smiles: 'CC', line: 4 },
    { smiles: 'C', line: 5 },
  ]);
  expect(report).toMatchObject({ format: 'smiles', encoding: 'utf-8', rows: 3 });
});

test('nothing is nothing', async () => {
  expect((await read('')).rows).toEqual([]);
  expect((await read('smiles\n')).rows).toEqual([]);
});
