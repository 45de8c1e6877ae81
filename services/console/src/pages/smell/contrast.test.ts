import { expect, test } from '@jest/globals';
import { contrast } from './contrast.ts';

test('notes of either molecule, the strongest first, the faint left out', () => {
  const one = [
    { note: 'vanilla', probability: 0.9 },
    { note: 'rose', probability: 0.02 },
  ];
  const other = [
    { note: 'onion', probability: 0.95 },
    { note: 'vanilla', probability: 0.1 },
  ];
  expect(contrast(one, other)).toEqual([
    { note: 'onion', first: 0, second: 0.95 },
    { note: 'vanilla', first: 0.9, second: 0.1 },
  ]);
});
