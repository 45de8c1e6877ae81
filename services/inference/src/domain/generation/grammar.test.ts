import { expect, test } from '@jest/globals';
import { Grammar, Writing } from './grammar.ts';

const tokens = ['<pad>', '<start>', '<end>', '(', ')', '=', '1', '2', 'C', 'O', 'Br', '[nH]'];
const grammar = new Grammar(tokens, 2, [0, 1]);

/** What may follow a prefix given as tokens separated by spaces. */
function next(prefix: string): string[] {
  const writing = new Writing(grammar);
  for (const text of prefix.split(' ').filter(Boolean)) writing.append(tokens.indexOf(text));
  const scores = new Float64Array(tokens.length);
  writing.forbid(scores);
  return tokens.filter((_, token) => scores[token] === 0);
}

const atoms = ['C', 'O', 'Br', '[nH]'];

test.each([
  ['', atoms],
  ['C', ['<end>', '(', '=', '1', '2', ...atoms]],
  ['C =', ['1', '2', ...atoms]],
  ['C (', ['=', ...atoms]],
  ['C ( =', atoms],
  ['C ( C', ['(', ')', '=', '1', '2', ...atoms]],
  ['C ( C )', ['<end>', '(', '=', ...atoms]],
  // A ring open on this atom or on its neighbour cannot close here, and nothing ends while it is open.
  ['C 1', ['(', '=', '2', ...atoms]],
  ['C 1 C', ['(', '=', '2', ...atoms]],
  ['C 1 C C', ['(', '=', '1', '2', ...atoms]],
  ['C 1 C C 1', ['<end>', '(', '=', '1', '2', ...atoms]],
  // Both rings lead to the same atom: the second may not close beside the first.
  ['C 1 2 C C 1', ['(', '=', '1', ...atoms]],
  // After a branch the neighbour is the one before the branch.
  ['C 1 C ( C ) O', ['(', '=', '1', '2', ...atoms]],
])('after %p', (prefix, expected) => {
  expect(next(prefix)).toEqual(expected);
});
