import { expect, test } from '@jest/globals';
import { listsTag, weakTag } from './entity-tag.ts';

test('a tag follows from the text alone', () => {
  expect(weakTag('vanilla')).toBe(weakTag('vanilla'));
  expect(weakTag('vanilla')).not.toBe(weakTag('vanillin'));
  expect(weakTag('vanilla')).toMatch(/^W\/"[\w-]{22}"$/);
});

test.each([
  [undefined, false],
  ['', false],
  ['*', true],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", W/"a"', true],
  ['"b","c"', false],
  ['a', false],
])('If-None-Match %s', (header, expected) => {
  expect(listsTag(header, '"a"')).toBe(expected);
  expect(listsTag(header, 'W/"a"')).toBe(expected);
});
