import { AppError } from '@sillage/kit';
import type { Lexicon } from './lexicon.ts';
import { readItems } from './read-items.ts';

/** A language and those that explain the text as well. */
export interface Detection {
  readonly lexicon: Lexicon;
  readonly alternatives: readonly string[];
}

/** Letters of common scripts that no lexicon may have, to say which one a text is in. */
const OTHERS =
  'Greek Hebrew Thai Georgian Armenian Bengali Tamil Telugu Kannada Malayalam Gujarati Gurmukhi Sinhala Khmer Lao Myanmar Ethiopic Tibetan Mongolian'
    .split(' ')
    .map((script) => [script, lettersOf([script])] as const);

const patterns = new WeakMap<Lexicon, RegExp>();

/**
 * The language whose lexicon explains most of a text. A word that names a smell speaks for it most, by its letters; a
 * word that it does not know speaks against. Of equals the first is taken; of lexicons that a text without kana
 * suits, the one of fewer scripts.
 * @throws AppError not_understood for a text in a script that no lexicon has.
 */
export function detectLanguage(text: string, lexicons: readonly [Lexicon, ...Lexicon[]]): Detection {
  const letters = count(text, /\p{L}/gu);
  const readable = new Map(lexicons.map((lexicon) => [lexicon, count(text, patternOf(lexicon))]));
  const most = Math.max(...readable.values());
  if (letters > 0 && most * 2 < letters) throw unsupported(text, lexicons);
  const candidates = lexicons.filter((lexicon) => (readable.get(lexicon) ?? 0) > 0 || letters === 0);
  const scored = candidates
    .map((lexicon) => ({ lexicon, score: scoreOf(text, lexicon) }))
    .sort((a, b) => b.score - a.score || a.lexicon.scripts.length - b.lexicon.scripts.length);
  const [best] = scored;
  if (best === undefined || letters === 0) return { lexicon: lexicons[0], alternatives: [] };
  const equals = scored.filter(
    ({ lexicon, score }) =>
      score === best.score &&
      lexicon !== best.lexicon &&
      lexicon.scripts.length === best.lexicon.scripts.length,
  );
  return { lexicon: best.lexicon, alternatives: equals.map(({ lexicon }) => lexicon.language) };
}

/**
 * Letters of notes count twice, of other known words once, of unknown ones against. A short word is no more than
 * known: without accents, English "the" is French tea.
 */
function scoreOf(text: string, lexicon: Lexicon): number {
  let score = 0;
  for (const item of readItems(text, lexicon)) {
    if (item.kind !== 'phrase') continue;
    const length = item.end - item.start;
    if (item.meaning?.kind === 'notes') score += length > 3 ? 2 * length : length;
    else score += item.meaning === undefined && item.trailing === undefined ? -length : length;
  }
  return score;
}

function patternOf(lexicon: Lexicon): RegExp {
  let pattern = patterns.get(lexicon);
  if (pattern === undefined) {
    pattern = lettersOf(lexicon.scripts);
    patterns.set(lexicon, pattern);
  }
  return pattern;
}

function lettersOf(scripts: readonly string[]): RegExp {
  return new RegExp(`(?=\\p{L})[${scripts.map((script) => `\\p{Script=${script}}`).join('')}]`, 'gu');
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function unsupported(text: string, lexicons: readonly [Lexicon, ...Lexicon[]]): AppError {
  const [found] = OTHERS.map(([script, pattern]) => ({ script, letters: count(text, pattern) })).sort(
    (a, b) => b.letters - a.letters,
  );
  const script = found !== undefined && found.letters > 0 ? `in ${found.script} script` : 'in a script';
  const languages = lexicons.map(({ language }) => language);
  return new AppError('not_understood', `the description is ${script}, which no supported language uses`, {
    errors: [{ pointer: '/description', detail: `descriptions are read in ${languages.join(', ')}` }],
    extra: { suggestions: lexicons[0].popular, examples: lexicons[0].examples, languages },
  });
}
