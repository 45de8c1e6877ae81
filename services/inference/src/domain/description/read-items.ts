import type { Lexicon, Meaning, PhraseNode, Trailing } from './lexicon.ts';
import { byEnding, byPrefix, byStem, formOf } from './word-forms.ts';
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

/** Longer ones are no words of any language; not looking at them keeps the time linear. */
const LONGEST_WORD = 64;

/** Reads a text as the longest phrases that the lexicon has. Linear: a phrase has a handful of words at most. */
export function readItems(text: string, lexicon: Lexicon): Item[] {
  // The pieces still to read, the next one last: a word that is cut in two puts both back.
  const ahead = cut(text, lexicon.cutting).toReversed();
  const items: Item[] = [];
  let unknown: { start: number; end: number } | undefined;
  for (;;) {
    const piece = ahead.at(-1);
    if (piece === undefined) break;
    if (piece.kind !== 'word') {
      ahead.pop();
      items.push(piece.kind === 'comma' ? { kind: 'comma', closesWithOr: false } : { kind: piece.kind });
      continue;
    }
    const { node, length } = longestPhrase(ahead, lexicon);
    // The beginning of a phrase that does not go on may still be two words in one.
    if (node === undefined && split(ahead, ahead.length - 1, lexicon.phrases, lexicon)) continue;
    const end = ahead[ahead.length - length]?.end ?? piece.end;
    ahead.length -= length;
    const joins = node === undefined && lexicon.cutting.bySign && unknown?.end === piece.start;
    // Unknown Chinese or Japanese characters that stand together are told as one word.
    const start = joins ? (unknown?.start ?? piece.start) : piece.start;
    if (joins) items.pop();
    items.push({ kind: 'phrase', meaning: node?.meaning, trailing: node?.trailing, start, end });
    unknown = node === undefined ? { start, end } : undefined;
  }
  return markLists(items);
}

function longestPhrase(ahead: Piece[], lexicon: Lexicon): { node: PhraseNode | undefined; length: number } {
  let found: PhraseNode | undefined;
  let length = 1;
  let node = lexicon.phrases;
  for (let taken = 0; taken < ahead.length; taken++) {
    if (ahead[ahead.length - 1 - taken]?.kind !== 'word') break;
    const next = step(ahead, taken, node, lexicon);
    if (next === undefined) break;
    node = next;
    if (node.meaning !== undefined || node.trailing !== undefined) {
      found = node;
      length = taken + 1;
    }
  }
  return { node: found, length };
}

/** The node that the word after `taken` others leads to. A word that is two in one ("바닐라와") is cut on the way. */
function step(ahead: Piece[], taken: number, node: PhraseNode, lexicon: Lexicon): PhraseNode | undefined {
  const word = ahead[ahead.length - 1 - taken]?.folded;
  if (word === undefined || word.length > LONGEST_WORD) return undefined;
  const { forms } = lexicon;
  const whole =
    node.next?.get(word) ??
    node.stems?.get(word) ??
    byEnding(word, node, forms) ??
    byPrefix(word, node, forms);
  if (whole !== undefined) return whole;
  if (split(ahead, ahead.length - 1 - taken, node, lexicon)) return step(ahead, taken, node, lexicon);
  return byStem(word, node, forms);
}

/** Cuts the word at `at` where one part can be read from this node and the other is a word written together with it. */
function split(ahead: Piece[], at: number, node: PhraseNode, lexicon: Lexicon): boolean {
  const word = ahead[at]?.folded ?? '';
  if (word.length > LONGEST_WORD) return false;
  for (const ending of lexicon.attachedAfter) {
    if (!word.endsWith(ending) || word.length === ending.length) continue;
    if (known(word.slice(0, -ending.length), node, lexicon, 2))
      return divide(ahead, at, word.length - ending.length);
  }
  if (node !== lexicon.phrases) return false;
  for (const beginning of lexicon.attachedBefore) {
    if (!word.startsWith(beginning) || word.length === beginning.length) continue;
    if (known(word.slice(beginning.length), node, lexicon, 2)) return divide(ahead, at, beginning.length);
  }
  if (!lexicon.compounds || byStem(word, node, lexicon.forms) !== undefined) return false;
  for (let length = 3; length <= word.length - 3; length++) {
    const [head, tail] = [word.slice(0, length), word.slice(length)];
    if (names(formOf(head, node, lexicon.forms)) && names(formOf(tail, node, lexicon.forms))) {
      return divide(ahead, at, length);
    }
  }
  return false;
}

function divide(ahead: Piece[], at: number, length: number): true {
  const piece = ahead[at];
  if (piece !== undefined) {
    const { folded, start, end } = piece;
    // Folding may have changed the length: the place is then as near as can be.
    const middle = Math.min(end, start + length);
    ahead.splice(
      at,
      1,
      { kind: 'word', folded: folded.slice(length), start: middle, end },
      { kind: 'word', folded: folded.slice(0, length), start, end: middle },
    );
  }
  return true;
}

function names(node: PhraseNode | undefined): boolean {
  return node?.meaning?.kind === 'notes';
}

/** Whether a part of a word can be read, itself in at most `depth` more cuts. */
function known(word: string, node: PhraseNode, lexicon: Lexicon, depth: number): boolean {
  const found = formOf(word, node, lexicon.forms);
  if (found !== undefined)
    return node !== lexicon.phrases || found.meaning !== undefined || found.trailing !== undefined;
  if (depth === 0) return false;
  return (
    lexicon.attachedAfter.some(
      (ending) =>
        word.length > ending.length &&
        word.endsWith(ending) &&
        known(word.slice(0, -ending.length), node, lexicon, depth - 1),
    ) ||
    lexicon.attachedBefore.some(
      (beginning) =>
        word.length > beginning.length &&
        word.startsWith(beginning) &&
        known(word.slice(beginning.length), node, lexicon, depth - 1),
    )
  );
}

/** One pass from the right: a comma's list closes with "or" if only notes, commas and empty words come before it. */
function markLists(items: readonly Item[]): Item[] {
  let closesWithOr = false;
  return items
    .toReversed()
    .map((item): Item => {
      if (item.kind === 'comma') return { kind: 'comma', closesWithOr };
      const kind = item.kind === 'phrase' ? item.meaning?.kind : undefined;
      if (item.kind !== 'phrase') closesWithOr = false;
      else if (kind === 'or' || kind === 'nor') closesWithOr = true;
      else if (kind !== undefined && kind !== 'notes' && kind !== 'stop') closesWithOr = false;
      return item;
    })
    .toReversed();
}
