import { expect, test } from '@jest/globals';
import { Grammar, Writing } from './grammar.ts';
import { RandomStream } from './random-stream.ts';

const tokens = [
  '<pad>',
  '<start>',
  '<end>',
  '(',
  ')',
  '=',
  '#',
  '1',
  '2',
  'C',
  'N',
  'O',
  'Br',
  '[N+]',
  '[O-]',
];
const grammar = new Grammar(tokens, 2, [0, 1]);

function write(prefix: string): Writing {
  const writing = new Writing(grammar);
  for (const text of prefix.split(' ').filter(Boolean)) writing.append(tokens.indexOf(text));
  return writing;
}

function allowed(writing: Writing): string[] {
  const places = new Uint16Array(tokens.length);
  const count = writing.listAllowed(places);
  return Array.from(places.subarray(0, count), (token) => tokens[token] ?? '');
}

const atoms = ['C', 'N', 'O', 'Br', '[N+]', '[O-]'];
const inner = ['C', 'N', 'O', '[N+]'];

test.each([
  ['', atoms],
  ['C', ['<end>', '(', '=', '#', '1', '2', ...atoms]],
  // The bond to the next atom is one that both can bear.
  ['C =', inner],
  ['C #', ['C', 'N', '[N+]']],
  ['C Br', ['<end>']],
  ['C O', ['<end>', '1', '2', ...atoms].filter((text) => !/\d/.test(text))],
  // A branch leaves a bond for the way on.
  ['C O C (', ['=', ...atoms]],
  ['C ( C', ['(', ')', '=', '#', '1', '2', ...atoms]],
  ['C ( C )', ['(', '=', '#', ...atoms]],
  // While a ring is open the way goes on, over atoms with a bond to spare.
  ['C 1', ['(', '=', '#', '2', ...inner]],
  ['C 1 C', ['(', '=', '#', '2', ...inner]],
  ['C 1 C C', ['(', '=', '#', '1', '2', ...inner]],
  ['C 1 C C 1', ['<end>', '(', '=', '1', '2', ...atoms]],
  // Both rings lead to the same atom: the second may not close beside the first.
  ['C 1 2 C C 1', ['(', '=', '1', ...inner]],
  // A charged nitrogen takes all four of its bonds.
  ['C [N+]', ['(', '#', '1', '2']],
  ['C [N+] ( C )', ['(', '=']],
  ['C [N+] ( C ) ( C )', atoms],
])('after %p', (prefix, expected) => {
  expect(allowed(write(prefix))).toEqual(expected);
});

test('whatever is written can be ended', () => {
  const random = new RandomStream(1, 0);
  for (let walk = 0; walk < 200; walk++) {
    const writing = new Writing(grammar);
    for (let length = 0; length < 60; length++) {
      const next = allowed(writing);
      expect(next.length).toBeGreaterThan(0);
      const text = next[Math.floor(random.uniform() * next.length)] ?? '';
      if (text === '<end>') break;
      writing.append(tokens.indexOf(text));
    }
  }
});

test('a token whose valence is not known is named', () => {
  expect(() => new Grammar(['<pad>', '<start>', '<end>', 'Xx'], 2, [0, 1])).toThrow('Xx');
});
