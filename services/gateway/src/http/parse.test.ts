import { expect, test } from '@jest/globals';
import { createKeySchema } from '@sillage/contracts';
import { parse } from './parse.ts';

test('the summary calls a field by its own name, the pointer by its escaped one', () => {
  expect(() => parse(createKeySchema, { 'a/b~c': 1 })).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^a\/b~c is not a known property/),
      errors: [expect.objectContaining({ pointer: '/a~1b~0c' })],
    }),
  );
});

test('several wrong fields: the first is told, the others counted', () => {
  expect(() => parse(createKeySchema, { label: 5, expires_at: 'soon' })).toThrow(
    'label must be text of at most 100 characters (and 1 more wrong field)',
  );
});
