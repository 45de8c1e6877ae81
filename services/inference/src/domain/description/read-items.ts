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
    const at = ahead.length - 1 - taken;
    if (ahead[at]?.kind !== 'word') break;
    const next = step(ahead, at, node, lexicon);
    if (next === undefined) break;
    node = next;
    if (node.meaning !== undefined || node.trailing !== undefined) {
      found = node;
      length = taken + 1;
    }
  }
  return { node: found, length };
}

/** The node that the word at `at` leads to. A word that is two in one ("바닐라와") is cut on the way. */
function step(ahead: Piece[], at: number, node: PhraseNode, lexicon: Lexicon): PhraseNode | undefined {
  const piece = ahead[at];
  if (piece === undefined) return undefined;
  const word = piece.folded;
  const { forms } = lexicon;
  const whole = node.next.get(word) ?? byEnding(word, node, forms) ?? byPrefix(word, node, forms);
  if (whole !== undefined) return whole;
  for (const ending of lexicon.attachedAfter) {
    if (!word.endsWith(ending) || word.length === ending.length) continue;
    const stem = word.slice(0, -ending.length);
    const next = known(stem, node, lexicon, 2);
    if (next === undefined) continue;
    const middle = Math.max(piece.start, piece.end - ending.length);
    ahead.splice(
      at,
      1,
      { kind: 'word', folded: ending, start: middle, end: piece.end },
      { kind: 'word', folded: stem, start: piece.start, end: middle },
    );
    return step(ahead, at + 1, node, lexicon);
  }
  const stemmed = byStem(word, node, forms);
  if (stemmed !== undefined || node !== lexicon.phrases) return stemmed;
  for (const beginning of lexicon.attachedBefore) {
    if (!word.startsWith(beginning) || word.length === beginning.length) continue;
    const rest = word.slice(beginning.length);
    if (known(rest, node, lexicon, 2) === undefined) continue;
    const middle = Math.min(piece.end, piece.start + beginning.length);
    ahead.splice(
      at,
      1,
      { kind: 'word', folded: rest, start: middle, end: piece.end },
      { kind: 'word', folded: beginning, start: piece.start, end: middle },
    );
    return node.next.get(beginning);
  }
  return undefined;
}

/** Whether a part of a word can be read, itself in at most `depth` more cuts. */
function known(word: string, node: PhraseNode, lexicon: Lexicon, depth: number): PhraseNode | undefined {
  const found = formOf(word, node, lexicon.forms);
  if (found !== undefined || depth === 0) return found;
  for (const ending of lexicon.attachedAfter) {
    if (!word.endsWith(ending) || word.length === ending.length) continue;
    const next = known(word.slice(0, -ending.length), node, lexicon, depth - 1);
    if (next !== undefined) return next;
  }
  for (const beginning of lexicon.attachedBefore) {
    if (!word.startsWith(beginning) || word.length === beginning.length) continue;
    const next = known(word.slice(beginning.length), node, lexicon, depth - 1);
    if (next !== undefined) return next;
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
      const kind = item.kind === 'phrase' ? item.meaning?.kind : undefined;
      if (item.kind !== 'phrase') closesWithOr = false;
      else if (kind === 'or' || kind === 'nor') closesWithOr = true;
      else if (kind !== undefined && kind !== 'notes' && kind !== 'stop') closesWithOr = false;
      return item;
    })
    .toReversed();
}
