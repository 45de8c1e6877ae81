import { expect, test } from '@jest/globals';
import { around } from './fault-place.ts';

test('the character that is wrong, and what is beside it', () => {
  expect(around('C1CC', 2)).toEqual({ before: 'C', at: '1', after: 'CC' });
  expect(around('CC(', 4)).toEqual({ before: 'CC(', at: '␣', after: '' });
  const long = around('C'.repeat(100), 50);
  expect(long).toEqual({ before: `…${'C'.repeat(16)}`, at: 'C', after: `${'C'.repeat(16)}…` });
});
