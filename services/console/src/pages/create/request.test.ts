import { expect, test } from '@jest/globals';
import { descriptionOf, levelOf, levels, requestOf, wishesOf } from './request.ts';

test('what was understood becomes chips, the strongest first, and chips become a description', () => {
  const wishes = wishesOf({ floral: -1, smoky: 0.4, vanilla: 1, warm: 0.8, creamy: 0.32 });
  expect(wishes).toEqual([
    { note: 'vanilla', level: 'full' },
    { note: 'warm', level: 'quite' },
    { note: 'smoky', level: 'slightly' },
    { note: 'creamy', level: 'slightly' },
    { note: 'floral', level: 'none' },
  ]);
  expect(descriptionOf(wishes)).toBe('vanilla, quite warm, slightly smoky, slightly creamy, no floral');
});

test('every level is its own nearest', () => {
  for (const { level, weight } of levels) expect(levelOf(weight)).toBe(level);
  expect(levelOf(-0.2)).toBe('none');
});

test('an order holds what was asked for and nothing else', () => {
  const order = {
    description: 'warm rose',
    wishes: undefined,
    count: 8,
    worker: 'dit' as const,
    constraints: {},
  };
  expect(requestOf(order)).toEqual({ description: 'warm rose', num_molecules: 8, worker: 'dit' });
  const constraints = { max_molecular_weight: 250, novel_only: false, exclude_allergens: true, scaffold: '' };
  const edited = { ...order, wishes: [{ note: 'rose', level: 'trace' as const }], constraints };
  expect(requestOf(edited)).toEqual({
    description: 'a trace of rose',
    language: 'en',
    num_molecules: 8,
    worker: 'dit',
    constraints: { max_molecular_weight: 250, exclude_allergens: true },
  });
});
