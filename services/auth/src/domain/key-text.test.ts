import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { keyIdOf, makeKeyText } from './key-text.ts';

test('a key reads back as what it was made of', () => {
  const { text, id, prefix } = makeKeyText('key', 'development', randomBytes);
  expect(text).toMatch(/^sk_dev_[0-9A-Za-z]{11}_[0-9A-Za-z]{43}$/);
  expect(keyIdOf('key', text, 'development')).toBe(id);
  expect(text.startsWith(prefix)).toBe(true);
  expect(prefix).toBe(`sk_dev_${id.slice(0, 6)}`);
});

test('the fixed lengths hold the smallest and the largest value', () => {
  const lowest = makeKeyText('key', 'production', (bytes) => Buffer.alloc(bytes, 0x00));
  expect(lowest.text).toBe(`sk_live_${'0'.repeat(11)}_${'0'.repeat(43)}`);
  const highest = makeKeyText('key', 'production', (bytes) => Buffer.alloc(bytes, 0xff));
  // 2^64 - 1 in base 62.
  expect(highest.id).toBe('LygHa16AHYF');
  expect(keyIdOf('key', highest.text, 'production')).toBe(highest.id);
});

test('different bytes give different keys', () => {
  const made = new Set(Array.from({ length: 1000 }, () => makeKeyText('key', 'test', randomBytes).text));
  expect(made.size).toBe(1000);
});

test.each([
  ['empty', ''],
  ['not a key', 'hunter2'],
  ['another prefix', `pk_dev_${'a'.repeat(11)}_${'b'.repeat(43)}`],
  ['an unknown environment', `sk_prod_${'a'.repeat(11)}_${'b'.repeat(43)}`],
  ['a key of another environment', `sk_live_${'a'.repeat(11)}_${'b'.repeat(43)}`],
  ['a secret cut short', `sk_dev_${'a'.repeat(11)}_${'b'.repeat(42)}`],
  ['a character outside the alphabet', `sk_dev_${'a'.repeat(11)}_${'b'.repeat(42)}-`],
  ['a line after it', `sk_dev_${'a'.repeat(11)}_${'b'.repeat(43)}\n`],
  ['a megabyte', 'sk_dev_'.padEnd(1_000_000, 'a')],
])('%s is not a key', (_, text) => {
  expect(keyIdOf('key', text, 'development')).toBeUndefined();
});

test('a client’s secret is no key, and the other way round', () => {
  const { text, id } = makeKeyText('client', 'development', randomBytes);
  expect(text).toMatch(/^cs_dev_/);
  expect(keyIdOf('client', text, 'development')).toBe(id);
  expect(keyIdOf('key', text, 'development')).toBeUndefined();
});
