import { maxDescriptionLength } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import type { Lexicon } from './lexicon.ts';
import { type Suggestions, suggestNotes } from './suggest.ts';
import { readDescription, type Understanding } from './understand.ts';

/**
 * Reads descriptions of smells in the languages whose lexicons it was given; the first is the default.
 *
 *     descriptions.understand('warm vanilla, slightly smoky, not floral').weights
 *     // Map { warm: 0.8, vanilla: 1, smoky: 0.4, floral: -1 }
 */
export class Descriptions {
  private readonly lexicons: ReadonlyMap<string, Lexicon>;
  private readonly standard: string;

  constructor(lexicons: readonly [Lexicon, ...Lexicon[]]) {
    this.lexicons = new Map(lexicons.map((lexicon) => [lexicon.language, lexicon]));
    this.standard = lexicons[0].language;
  }

  /** Two- or three-letter language codes. */
  get languages(): readonly string[] {
    return [...this.lexicons.keys()];
  }

  /**
   * Notes wanted and excluded. A text that names none gives empty weights; `suggest` then says what would work.
   * Throws invalid_input for a text over 2,000 characters or a language without a lexicon.
   */
  understand(text: string, language?: string): Understanding {
    return readDescription(bounded(text), this.lexiconOf(language));
  }

  /** Notes near to what was written, and examples. Throws as `understand`. */
  suggest(text: string, language?: string): Suggestions {
    return suggestNotes(bounded(text), this.lexiconOf(language));
  }

  private lexiconOf(language: string | undefined): Lexicon {
    // "en-GB" is read as "en".
    const code = (language ?? this.standard).toLowerCase().split('-')[0] ?? '';
    const lexicon = this.lexicons.get(code);
    if (lexicon === undefined) {
      throw invalidField('/language', `language must be one of ${this.languages.join(', ')}`);
    }
    return lexicon;
  }
}

function bounded(text: string): string {
  if (text.length > maxDescriptionLength) {
    throw invalidField('/description', `a description has at most ${maxDescriptionLength} characters`);
  }
  return text;
}
