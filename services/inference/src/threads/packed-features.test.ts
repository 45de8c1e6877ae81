import { expect, test } from '@jest/globals';
import type { OdourFeatures } from '@sillage/chem';
import { fromColumns, packFeatures, toColumns, unpackFeatures } from './packed-features.ts';

function features(atomCount: number, from: number): OdourFeatures {
  return {
    atomCount,
    atoms: Int32Array.from({ length: atomCount * 8 }, (_, index) => from + index),
    relation: Uint8Array.from({ length: atomCount * atomCount }, (_, index) => (from + index) % 15),
    environment: Float32Array.of(from / 2, -from, 0.25),
    knownFraction: 1 / from,
  };
}

test('what is packed is what comes out, molecule by molecule', () => {
  const list = [features(3, 1), features(1, 2), features(5, 3)];
  const packed = packFeatures(list);
  expect(packed.map(unpackFeatures)).toEqual(list);
  expect(new Set(packed.map(({ block }) => block)).size).toBe(1);
});

test('columns are the same molecules, in whatever blocks they lie', () => {
  const rows = [features(3, 1), features(2, 4)].flatMap((one) => packFeatures([one, features(1, 7)]));
  const columns = toColumns(rows);
  expect(columns.blocks).toHaveLength(2);
  expect(fromColumns(columns)).toEqual(rows);
});

test('of a molecule for a model of counts alone nothing else is packed', () => {
  const counts = { ...features(3, 1), atoms: new Int32Array(), relation: new Uint8Array() };
  const [packed] = packFeatures([counts]);
  expect(packed?.block.byteLength).toBe(4 * counts.environment.length);
  expect(packed && unpackFeatures(packed)).toEqual(counts);
});
