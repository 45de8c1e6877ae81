import { expect, test } from '@jest/globals';
import { topNotes } from './notes.ts';

const labels = ['a', 'b', 'c', 'd'];

test('the most probable first, ties in the order of the labels', () => {
  expect(topNotes(Float32Array.of(0.25, 0.5, 0.75, 0.5), labels, 3)).toEqual({
    notes: ['c', 'b', 'd'],
    probabilities: [0.75, 0.5, 0.5],
  });
});

test('no more than there are', () => {
  expect(topNotes(Float32Array.of(0, 0, 0, 0), labels, 138).notes).toEqual(labels);
});
