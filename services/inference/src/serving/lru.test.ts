import { expect, test } from '@jest/globals';
import { Lru } from './lru.ts';
import { Permits } from './permits.ts';

test('the entry unused for longest goes first', () => {
  const lru = new Lru<number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2]);
});

test('a limit of 0 keeps nothing', () => {
  const lru = new Lru<number>(0);
  lru.set('a', 1);
  expect(lru.get('a')).toBeUndefined();
});

test('permits are taken for all rows or for none, and given back once', () => {
  const permits = new Permits(10, 'molecules');
  const release = permits.take(8);
  expect(() => permits.take(3)).toThrow(expect.objectContaining({ code: 'overloaded', retryAfterS: 1 }));
  expect(permits.taken).toBe(8);
  release();
  release();
  expect(permits.taken).toBe(0);
});
