import { expect, test } from '@jest/globals';
import { beyond, completeScopes, defaultScopes, isScope, mayUseModel, opens, scopesField } from './scopes.ts';

test.each([
  ['predict', true],
  ['models:*', true],
  ['models:olfactory-base', true],
  ['models:', false],
  ['models:a b', false],
  ['everything', false],
  ['', false],
])('%j is a scope: %s', (text, is) => {
  expect(isScope(text)).toBe(is);
});

test('a route is opened by its scope, by one of several, or by any credential', () => {
  const held = new Set(['predict', 'models:*']);
  expect(opens(held, 'predict')).toBe(true);
  expect(opens(held, 'generate')).toBe(false);
  expect(opens(held, ['generate', 'predict'])).toBe(true);
  expect(opens(held, ['generate', 'sensors'])).toBe(false);
  expect(opens(new Set(), 'any')).toBe(true);
});

test('what is said without a list is all but admin, and every model', () => {
  expect(defaultScopes).not.toContain('admin');
  expect(defaultScopes).toContain('models:*');
  expect(completeScopes(['predict', 'predict'])).toEqual(['predict', 'models:*']);
  expect(completeScopes(['predict', 'models:nose'])).toEqual(['predict', 'models:nose']);
});

test('models are those that are named, or all', () => {
  expect(mayUseModel(new Set(['models:nose']), 'nose')).toBe(true);
  expect(mayUseModel(new Set(['models:nose']), 'nez')).toBe(false);
  expect(mayUseModel(new Set(['models:*']), 'nez')).toBe(true);
});

test('nobody hands on what he does not hold', () => {
  expect(beyond(new Set(['account', 'models:*']), ['account', 'models:nose'])).toEqual([]);
  expect(beyond(new Set(['account', 'models:nose']), ['admin', 'models:*'])).toEqual(['admin', 'models:*']);
});

test('a wrong scope is told which there are', () => {
  expect(scopesField.safeParse(['predicts']).error?.issues[0]?.message).toMatch(/must be one of predict, /);
  expect(scopesField.safeParse([]).error?.issues[0]?.message).toMatch(/1 to 50/);
});
