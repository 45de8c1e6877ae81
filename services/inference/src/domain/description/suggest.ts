import type { Lexicon } from './lexicon.ts';
import { cut } from './words.ts';

export interface Suggestions {
  /** Odour notes spelt most like the words of the text, or well-known ones where none is near. */
  readonly notes: readonly string[];
  /** Whole descriptions that work. */
  readonly examples: readonly string[];
}

const MAX_WORDS = 32;
const MAX_WORD_LENGTH = 24;
const MAX_NOTES = 5;

/** What to offer for a text that was not understood. Bounded: the first 32 words against the lexicon's. */
export function suggestNotes(text: string, lexicon: Lexicon): Suggestions {
  const words = cut(text, lexicon.cutting)
    .filter(
      (piece) => piece.kind === 'word' && piece.folded.length >= 3 && piece.folded.length <= MAX_WORD_LENGTH,
    )
    .map((piece) => piece.folded)
    .filter((word) => lexicon.phrases.next?.get(word)?.meaning?.kind !== 'stop')
    .slice(0, MAX_WORDS);
  const near = new Map<string, number>();
  for (const word of new Set(words)) {
    const limit = Math.floor(word.length / 3);
    for (const [entry, notes] of lexicon.vocabulary) {
      if (Math.abs(entry.length - word.length) > limit) continue;
      const distance = editDistance(word, entry);
      if (distance > limit) continue;
      for (const note of notes) near.set(note, Math.min(distance, near.get(note) ?? distance));
    }
  }
  const notes = [...near]
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .slice(0, MAX_NOTES)
    .map(([note]) => note);
  return { notes: notes.length > 0 ? notes : lexicon.popular, examples: lexicon.examples };
}

/** Letters inserted, left out, replaced, or swapped with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
