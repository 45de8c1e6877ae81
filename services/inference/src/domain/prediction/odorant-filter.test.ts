import { expect, test } from '@jest/globals';
import { rowsThatPass, unknownAmong } from './odorant-filter.ts';

const odorants = [
  { smiles: 'C', name: 'one', notes: ['sweet', 'vanilla'], sources: ['a'] },
  { smiles: 'CC', name: '', notes: ['sweet'], sources: ['a', 'b'] },
  { smiles: 'CCC', name: 'three', notes: [], sources: ['b'] },
];

test.each([
  [{ anyNote: ['vanilla', 'green'] }, [1, 0, 0]],
  [{ everyNote: ['sweet', 'vanilla'] }, [1, 0, 0]],
  [{ noNote: ['vanilla'] }, [0, 1, 1]],
  [{ sources: ['b', 'c'] }, [0, 1, 1]],
  [{ namedOnly: true }, [1, 0, 1]],
  [{ anyNote: ['sweet'], noNote: ['vanilla'], sources: ['a'] }, [0, 1, 0]],
  [{ anyNote: ['green'] }, [0, 0, 0]],
])('%j', (filter, rows) => {
  expect([...(rowsThatPass(odorants, filter) ?? [])]).toEqual(rows);
});

test('without a condition there is nothing to look at', () => {
  expect(rowsThatPass(odorants, { anyNote: [], namedOnly: false })).toBeUndefined();
});

test('what nobody has is named', () => {
  const notes = odorants.map((odorant) => odorant.notes);
  expect(unknownAmong(['sweet', 'moonlight'], notes)).toEqual(['moonlight']);
  expect(unknownAmong([], notes)).toEqual([]);
});
