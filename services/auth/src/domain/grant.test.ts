import { expect, test } from '@jest/globals';
import { grant } from './grant.ts';

test('nothing asked: all that the maker has, but never admin', () => {
  expect(grant([], undefined)).toEqual(['predict', 'generate', 'sensors', 'research', 'account', 'models:*']);
  expect(grant([], new Set(['account', 'admin', 'models:nose']))).toEqual(['account', 'models:nose']);
});

test('a list is given as asked, with the maker’s models where it names none', () => {
  expect(grant(['predict'], undefined)).toEqual(['predict', 'models:*']);
  expect(grant(['predict'], new Set(['predict', 'models:nose']))).toEqual(['predict', 'models:nose']);
  expect(grant(['predict', 'models:nez'], new Set(['predict', 'models:*']))).toEqual([
    'predict',
    'models:nez',
  ]);
});

test('nobody gives what he does not have', () => {
  const held = new Set(['account', 'predict', 'models:nose']);
  for (const scope of ['admin', 'generate', 'models:nez', 'models:*']) {
    expect(() => grant([scope], held)).toThrow(
      expect.objectContaining({ code: 'forbidden', extra: { scope } }),
    );
  }
});

test('what is no scope is told which there are', () => {
  expect(() => grant(['root'], undefined)).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      errors: [expect.objectContaining({ pointer: '/scopes' })],
    }),
  );
});
