import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { KeyHasher } from './key-hash.ts';

const secret = Buffer.alloc(32, 7);
const hasher = new KeyHasher(secret);

test('a text matches its own hash and no other text does', () => {
  const hash = hasher.hash('sk_dev_a_b');
  expect(hash).toHaveLength(32);
  expect(hasher.matches('sk_dev_a_b', hash)).toBe(true);
  expect(hasher.matches('sk_dev_a_c', hash)).toBe(false);
  expect(hasher.matches('sk_live_a_b', hash)).toBe(false);
  expect(hasher.matches('sk_dev_a_b', hash.subarray(0, 31))).toBe(false);
});

test('another fleet secret gives another hash; the secret itself is not the key of the hash', () => {
  const other = new KeyHasher(Buffer.alloc(32, 8));
  expect(other.matches('sk_dev_a_b', hasher.hash('sk_dev_a_b'))).toBe(false);
  const underived = createHmac('sha256', secret).update('sk_dev_a_b').digest();
  expect(hasher.hash('sk_dev_a_b').equals(underived)).toBe(false);
});

test('the hash stays what it was: stored keys must go on to hold', () => {
  expect(hasher.hash('sk_dev_a_b').toString('hex')).toBe(
    'de89c3c0f1a2860d729bd49392a1a68d476da19deb9162982799b4bbbd18e595',
  );
});
