import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { colourOf, families, familyColours, familyNames, familyOf } from './families.ts';

test('every note of the model is in one family, and each family has a colour of its own', () => {
  const words = new URL('../../../../packages/contracts/locales/de.json', import.meta.url);
  const { notes } = JSON.parse(readFileSync(words, 'utf8')) as { notes: Record<string, string> };
  const listed = familyNames.flatMap((family) => [...families[family]] as string[]);
  expect(listed.toSorted()).toEqual(Object.keys(notes).sort());
  expect(new Set(Object.values(familyColours)).size).toBe(familyNames.length);
  expect(familyOf('vanilla')).toBe('sweet');
  expect(familyOf('unheard of')).toBeUndefined();
  expect(colourOf('vanilla')).toBe(familyColours.sweet);
});
