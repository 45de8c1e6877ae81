import { expect, test } from '@jest/globals';
import { labelledFromJson, labelledFromTable } from './labelled-molecules.ts';

test('notes that were judged and are not listed are not there', () => {
  const labelled = labelledFromJson({
    molecules: [
      { smiles: 'C', notes: ['sweet'] },
      { smiles: '', notes: [] },
      { smiles: 'CC', notes: ['green', 'sweet'] },
    ],
  });
  expect(labelled.notes).toEqual(['sweet', 'green']);
  // The one without a SMILES is refused; the others keep their places.
  expect(labelled.molecules).toEqual([
    { index: 0, smiles: 'C' },
    { index: 2, smiles: 'CC' },
  ]);
  expect([...labelled.labels]).toEqual([1, 0, 1, 1]);
  expect(labelled.refused).toMatchObject([{ index: 1, input: '', error: { code: 'invalid_input' } }]);
});

test('a column for each note: 1, 0, or nothing where it was not judged; a wrong cell fails its row', () => {
  const labelled = labelledFromTable([
    ['sweet', ' smiles ', 'green'],
    ['1', 'C', '0'],
    ['', 'CC', '1.0'],
    ['yes', 'CCC', '1'],
    ['0', 'CCCC'],
  ]);
  expect(labelled.notes).toEqual(['sweet', 'green']);
  expect([...labelled.labels]).toEqual([1, 0, 2, 1, 0, 2]);
  expect(labelled.refused).toEqual([
    {
      index: 2,
      input: 'CCC',
      error: { code: 'invalid_input', detail: 'the column sweet must be 1, 0 or empty' },
    },
  ]);
});

test.each([
  ['no table', [], 'smiles'],
  ['no molecules', [['smiles', 'sweet']], '1 to 5000 molecules'],
  ['no note', [['smiles'], ['C']], 'columns of notes'],
  [
    'a column without a name',
    [
      ['smiles', ''],
      ['C', '1'],
    ],
    'columns of notes',
  ],
  [
    'a column twice',
    [
      ['smiles', 'a', 'a'],
      ['C', '1', '1'],
    ],
    'same name',
  ],
])('refused: %s', (_, table, text) => {
  expect(() => labelledFromTable(table)).toThrow(text);
});
