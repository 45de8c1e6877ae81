/** A piece of a description: a word, or a mark that matters to its meaning. Offsets are UTF-16 units of the text. */
export interface Piece {
  readonly kind: 'word' | 'comma' | 'bracket' | 'colon' | 'end';
  /** Folded: lower case, without accents. */
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

const COMMAS = new Set([',', '،', '、', '，', '/', '|']);
const BRACKETS = /[()[\]（）]/u;
const COLONS = new Set([':', '：']);
const ENDS = /[.;!?\n\r…—–·•。；！？]/u;
const SYMBOL_WORDS = new Set(['&', '+']);

/** Lower case without accents, so that "Fougère" is found by "fougere". Applied to lexicon and text alike. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('’', "'")
    .toLowerCase();
}

/**
 * Cuts a text into words by the rules of its language (Unicode segmentation, so that languages without spaces work
 * too) and marks. Hyphens join ("lily-of-the-valley"), unless spaces stand around them. Bare numbers are left out.
 */
export function cut(text: string, segmenter: Intl.Segmenter): Piece[] {
  const pieces: Piece[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    const at = { start: index, end: index + segment.length };
    if (isWordLike === true) {
      if (/\p{L}/u.test(segment)) pieces.push({ kind: 'word', folded: fold(segment), ...at });
    } else if (SYMBOL_WORDS.has(segment)) {
      pieces.push({ kind: 'word', folded: segment, ...at });
    } else if (COMMAS.has(segment) || isLooseHyphen(text, segment, index)) {
      pieces.push({ kind: 'comma', folded: segment, ...at });
    } else if (BRACKETS.test(segment)) {
      pieces.push({ kind: 'bracket', folded: segment, ...at });
    } else if (COLONS.has(segment)) {
      pieces.push({ kind: 'colon', folded: segment, ...at });
    } else if (ENDS.test(segment)) {
      pieces.push({ kind: 'end', folded: segment, ...at });
    }
  }
  return pieces;
}

function isLooseHyphen(text: string, segment: string, index: number): boolean {
  return segment === '-' && text[index - 1] === ' ' && text[index + 1] === ' ';
}
