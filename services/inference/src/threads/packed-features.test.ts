import { expect, test } from '@jest/globals';
import type { OdourFeatures } from '@sillage/chem';
import { packFeatures, unpackFeatures } from './packed-features.ts';

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
