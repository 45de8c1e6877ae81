/** A piece of a description: a word, or a mark that matters to its meaning. Offsets are UTF-16 units of the text. */
export interface Piece {
  readonly kind: 'word' | 'comma' | 'bracket' | 'colon' | 'end';
  /** Folded: see `fold`. */
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

const COMMAS = new Set([',', '،', '、', '，', '/', '|', '・', '､']);
const BRACKETS = /[()[\]（）]/u;
const COLONS = new Set([':', '：']);
const ENDS = /[.;!?\n\r…—–·•。；！？｡؛؟।॥]/u;

// A word begins with a letter and holds letters, their marks, digits, invisible joiners and inner apostrophes.
const PIECES = /\p{L}(?:[\p{L}\p{M}\p{N}\p{Cf}]|['’ʼ`](?=\p{L}))*|\p{N}[\p{L}\p{N}]*|[\r\n]|\S/gu;
const APOSTROPHE = /['’ʼ`]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]/u;
const SIGN = /[\p{L}\p{N}](?:[\p{M}\p{Cf}ﾞﾟ])*/gu;
// Nothing to fold: small Latin letters, Cyrillic ones without marks, Devanagari without nukta, Hangul, kana, Han.
const FOLDED =
  /^(?:[a-z']*|[а-дж-ик-я]+|[\u0902-\u0928\u092a-\u0930\u0932\u0935-\u093b\u093e-\u0950]+|[가-힣]+|[ぁ-ゖァ-ヺー\u4e00-\u9fff]+)$/;
// Accents of Latin, Cyrillic and Greek, Arabic vowel signs and hamza, the Devanagari nukta, invisible characters.
const IGNORED = /[\u0300-\u036f\u064b-\u065f\u0670\u0640\u093c\p{Cf}]/gu;
const SAME: Readonly<Record<string, string>> = {
  '’': "'",
  ʼ: "'",
  '`': "'",
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ة: 'ه',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  '\u0901': '\u0902',
};
const VARIANTS = new RegExp(`[${Object.keys(SAME).join('')}]`, 'gu');

/**
 * One spelling for what is read as the same: lower case, no accents ("Fougère" is "fougere"), full-width and half-width
 * forms as ordinary ones, no vowel signs in Arabic, dotless i as i. Applied to lexicon and text alike.
 */
export function fold(text: string): string {
  if (FOLDED.test(text)) return text;
  return text
    .normalize('NFKD')
    .replace(IGNORED, '')
    .toLowerCase()
    .replace(IGNORED, '')
    .replace(VARIANTS, (letter) => SAME[letter] ?? letter)
    .normalize('NFC');
}

/** How a language is cut. */
export interface Cutting {
  /** Each Chinese or Japanese character is a piece; the longest entries of the lexicon decide what the words are. */
  readonly bySign: boolean;
  /** Beginnings with an apostrophe that are words of their own: "d'", "l'". */
  readonly elisions: ReadonlySet<string>;
  /** Characters read as others: traditional ones as simplified ones. */
  readonly variants: ReadonlyMap<string, string>;
}

/**
 * Cuts a text into words and marks. Hyphens join ("lily-of-the-valley"), unless spaces stand around them. Bare numbers
 * are left out.
 */
export function cut(original: string, { bySign, elisions, variants }: Cutting): Piece[] {
  const pieces: Piece[] = [];
  // One unit for one: places in the text stay what they are.
  const text =
    variants.size === 0
      ? original
      : original.replace(/\p{Script=Han}/gu, (sign) => variants.get(sign) ?? sign);
  for (const match of text.matchAll(PIECES)) {
    const [segment] = match;
    const at = { start: match.index, end: match.index + segment.length };
    if (/^\p{L}/u.test(segment)) {
      if (bySign && UNSPACED.test(segment)) pieces.push(...signs(segment, match.index));
      else pieces.push(...elided(segment, match.index, elisions));
    } else if (segment === '&' || segment === '+') {
      pieces.push({ kind: 'word', folded: segment, ...at });
    } else if (COMMAS.has(segment) || isLooseHyphen(text, segment, match.index)) {
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

/** "d'orange" is "d" and "orange" where "d'" is an elision. */
function elided(segment: string, start: number, elisions: ReadonlySet<string>): Piece[] {
  const end = start + segment.length;
  const length = segment.search(APOSTROPHE) + 1;
  const article = fold(segment.slice(0, length));
  if (length === 0 || !elisions.has(article)) return [{ kind: 'word', folded: fold(segment), start, end }];
  return [
    { kind: 'word', folded: article.slice(0, -1), start, end: start + length },
    { kind: 'word', folded: fold(segment.slice(length)), start: start + length, end },
  ];
}

/** "新鲜rose" is 新, 鲜 and "rose". */
function signs(segment: string, offset: number): Piece[] {
  const pieces: Piece[] = [];
  let latin: { start: number; end: number } | undefined;
  const flush = () => {
    if (latin === undefined) return;
    const folded = fold(segment.slice(latin.start, latin.end));
    pieces.push({ kind: 'word', folded, start: offset + latin.start, end: offset + latin.end });
    latin = undefined;
  };
  for (const { 0: sign, index } of segment.matchAll(SIGN)) {
    const end = index + sign.length;
    if (UNSPACED.test(sign)) {
      flush();
      pieces.push({ kind: 'word', folded: fold(sign), start: offset + index, end: offset + end });
    } else {
      latin = { start: latin?.start ?? index, end };
    }
  }
  flush();
  return pieces;
}

function isLooseHyphen(text: string, segment: string, index: number): boolean {
  return segment === '-' && text[index - 1] === ' ' && text[index + 1] === ' ';
}
