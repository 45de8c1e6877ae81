import { expect, test } from '@jest/globals';
import { type OdorantVectors, parseOdorants, parseOdorantVectors } from './known-odorants.ts';
import { nearest } from './nearest.ts';

/** The bytes that training writes: head, low bytes column after column, high bytes. */
function packed(rows: readonly (readonly number[])[], step: number): Uint8Array {
  const count = rows.length;
  const width = rows[0]?.length ?? 0;
  const bytes = new Uint8Array(12 + 2 * count * width);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, count, true);
  head.setUint32(4, width, true);
  head.setFloat32(8, step, true);
  for (const [row, values] of rows.entries()) {
    for (const [column, value] of values.entries()) {
      bytes[12 + column * count + row] = value & 255;
      bytes[12 + count * width + column * count + row] = (value >> 8) & 255;
    }
  }
  return bytes;
}

function vectorsOf(rows: readonly (readonly number[])[], step = 1 / 8192): OdorantVectors {
  return parseOdorantVectors(packed(rows, step));
}

test('vectors are read row by row, with their sign', () => {
  const vectors = vectorsOf([
    [1, -1, 300],
    [-300, 0, 32_767],
  ]);
  expect(vectors).toMatchObject({ count: 2, width: 3, step: 1 / 8192 });
  expect([...new Int16Array(vectors.block)]).toEqual([1, -1, 300, -300, 0, 32_767]);
});

test('a file of another size than it says is refused', () => {
  expect(() => parseOdorantVectors(new Uint8Array(5))).toThrow(TypeError);
  expect(() => parseOdorantVectors(packed([[1, 2]], 1).subarray(0, 15))).toThrow('do not fill its 15 bytes');
});

test('every row is looked at; similarity is the cosine, whatever the length of the query', () => {
  // Five columns: four at a time and one left over.
  const vectors = vectorsOf([
    [8192, 0, 0, 0, 0],
    [0, 8192, 0, 0, 0],
    [0, 0, 0, 0, 8192],
    [5793, 0, 0, 0, 5793],
    [-8192, 0, 0, 0, 0],
  ]);
  const found = nearest(vectors, Float32Array.of(3, 0, 0, 0, 4), 5);
  expect(found.map(({ row }) => row)).toEqual([3, 2, 0, 1, 4]);
  for (const [index, similarity] of [0.98995, 0.8, 0.6, 0, -0.6].entries()) {
    expect(found[index]?.similarity).toBeCloseTo(similarity, 3);
  }
});

test('the best few are those of a full sort', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  };
  const rows = Array.from({ length: 400 }, () =>
    Array.from({ length: 7 }, () => Math.round(random() * 4000)),
  );
  const query = Float32Array.from({ length: 7 }, random);
  const product = (row: readonly number[]) =>
    row.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0);
  const sorted = rows
    .map((row, index) => ({ index, product: product(row) }))
    .sort((a, b) => b.product - a.product);
  const found = nearest(vectorsOf(rows), query, 12);
  expect(found.map(({ row }) => row)).toEqual(sorted.slice(0, 12).map(({ index }) => index));
});

test('fewer rows than asked for, equal rows in their order, a query without length, one of another width', () => {
  const vectors = vectorsOf([
    [8192, 0],
    [8192, 0],
  ]);
  expect(nearest(vectors, Float32Array.of(1, 0), 5)).toEqual([
    { row: 0, similarity: 1 },
    { row: 1, similarity: 1 },
  ]);
  expect(nearest(vectors, Float32Array.of(0, 0), 1)).toEqual([{ row: 0, similarity: 0 }]);
  expect(() => nearest(vectors, Float32Array.of(1), 1)).toThrow(RangeError);
});

test('odorants are a line each; what is not of this form is named', () => {
  const head = 'smiles\tname\tnotes\tsources\n';
  expect(parseOdorants(`${head}CCO\tethanol\tethereal;sweet\tgslf;t3db\nCC\t\t\t\n`)).toEqual([
    { smiles: 'CCO', name: 'ethanol', notes: ['ethereal', 'sweet'], sources: ['gslf', 't3db'] },
    { smiles: 'CC', name: '', notes: [], sources: [] },
  ]);
  expect(() => parseOdorants('smiles,name\nCCO,ethanol')).toThrow('the first line must be smiles, name');
  expect(() => parseOdorants(`${head}CCO\tethanol`)).toThrow('line 2');
});
