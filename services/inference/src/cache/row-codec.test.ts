import { expect, test } from '@jest/globals';
import { rowCodec } from './row-codec.ts';
import { seal, sealedKey, unseal } from './sealed.ts';

const row = {
  probabilities: Float32Array.of(0.25, 1, Number.MIN_VALUE, -0),
  embedding: new Float32Array(300).fill(-1.5),
  nothing: new Float32Array(),
};

test('a row comes back bit by bit', () => {
  expect(rowCodec.decode(rowCodec.encode(row))).toEqual(row);
  expect(rowCodec.decode(rowCodec.encode({}))).toEqual({});
  expect(rowCodec.sizeOf(row)).toBeGreaterThan(4 * 304);
});

test('bytes that end too soon are no row', () => {
  const bytes = rowCodec.encode(row);
  for (const length of [1, 5, 14, 20, bytes.length - 1]) {
    expect(rowCodec.decode(bytes.subarray(0, length))).toBeUndefined();
  }
});

test('a sealed value is opened under its own key, and unchanged', () => {
  const key = sealedKey('nose/1#abc', 'CCO');
  expect(key).toMatch(/^[\w-]{22}$/);
  expect(sealedKey('nose/2#abc', 'CCO')).not.toBe(key);
  const value = rowCodec.encode(row);
  const sealed = seal(key, value);
  expect(Buffer.compare(unseal(key, sealed) ?? Buffer.of(), value)).toBe(0);
  expect(unseal('another', sealed)).toBeUndefined();
  expect(unseal(key, sealed.with(50, (sealed[50] ?? 0) ^ 1))).toBeUndefined();
  expect(unseal(key, sealed.subarray(0, 3))).toBeUndefined();
});
