import type { Lexicon, Meaning, PhraseNode, Trailing } from './lexicon.ts';
import { cut, type Piece } from './words.ts';

/** A stretch of the text and what the lexicon says of it; both undefined when the word is not known. */
export interface PhraseItem {
  readonly kind: 'phrase';
  readonly meaning: Meaning | undefined;
  readonly trailing: Trailing | undefined;
  readonly start: number;
  readonly end: number;
}

/** `closesWithOr`: what follows is a list that ends in "or" ("no rose, jasmine or lily"). */
export interface CommaItem {
  readonly kind: 'comma';
  readonly closesWithOr: boolean;
}

export type Item =
  | PhraseItem
  | CommaItem
  | { readonly kind: 'bracket' }
  | { readonly kind: 'colon' }
  | { readonly kind: 'end' };

/** Reads a text as the longest phrases that the lexicon has. Linear: a phrase has a handful of words at most. */
export function readItems(text: string, lexicon: Lexicon): Item[] {
  const pieces = cut(text, lexicon.segmenter);
  const items: Item[] = [];
  let index = 0;
  while (index < pieces.length) {
    const piece = pieces[index];
    if (piece === undefined) break;
    if (piece.kind === 'word') {
      const { node, length } = longestPhrase(pieces, index, lexicon);
      const last = pieces[index + length - 1] ?? piece;
      items.push({
        kind: 'phrase',
        meaning: node?.meaning,
        trailing: node?.trailing,
        start: piece.start,
        end: last.end,
      });
      index += length;
    } else {
      items.push(piece.kind === 'comma' ? { kind: 'comma', closesWithOr: false } : { kind: piece.kind });
      index++;
    }
  }
  return markLists(items);
}

function longestPhrase(
  pieces: readonly Piece[],
  from: number,
  lexicon: Lexicon,
): { node: PhraseNode | undefined; length: number } {
  let found: PhraseNode | undefined;
  let length = 1;
  let node: PhraseNode | undefined = lexicon.phrases;
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece?.kind !== 'word') break;
    node = node.next.get(piece.folded) ?? byEnding(piece.folded, node, lexicon);
    if (node === undefined) break;
    if (node.meaning !== undefined || node.trailing !== undefined) {
      found = node;
      length = index - from + 1;
    }
  }
  return { node: found, length };
}

/** "Peachy" by "peach". Only notes are found so: an inflected negation is another word. */
function byEnding(word: string, node: PhraseNode, lexicon: Lexicon): PhraseNode | undefined {
  for (const [ending, replacement] of lexicon.endings) {
    // Two letters or fewer are too little to know a word by.
    if (!word.endsWith(ending) || word.length - ending.length < 3) continue;
    const next = node.next.get(word.slice(0, -ending.length) + replacement);
    if (next?.meaning?.kind === 'notes') return next;
  }
  return undefined;
}

/** One pass from the right: a comma's list closes with "or" if only notes, commas and empty words come before it. */
function markLists(items: readonly Item[]): Item[] {
  let closesWithOr = false;
  return items
    .toReversed()
    .map((item): Item => {
      if (item.kind === 'comma') return { kind: 'comma', closesWithOr };
      if (item.kind !== 'phrase') closesWithOr = false;
      else if (item.meaning?.kind === 'or') closesWithOr = true;
      else if (item.meaning !== undefined && item.meaning.kind !== 'notes' && item.meaning.kind !== 'stop') {
        closesWithOr = false;
      }
      return item;
    })
    .toReversed();
}
