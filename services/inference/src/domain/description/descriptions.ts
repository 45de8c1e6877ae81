import { maxDescriptionLength } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import { type Detection, detectLanguage } from './detect.ts';
import type { Lexicon } from './lexicon.ts';
import { type Suggestions, suggestNotes } from './suggest.ts';
import { readDescription, type Understanding } from './understand.ts';

/**
 * Reads descriptions of smells in the languages whose lexicons it was given; the first is taken where a text fits
 * several.
 *
 *     descriptions.understand('warm vanilla, slightly smoky, not floral').weights
 *     // Map { warm: 0.8, vanilla: 1, smoky: 0.4, floral: -1 }
 */
export class Descriptions {
  private readonly lexicons: readonly [Lexicon, ...Lexicon[]];

  constructor(lexicons: readonly [Lexicon, ...Lexicon[]]) {
    this.lexicons = lexicons;
  }

  /** Two- or three-letter language codes. */
  get languages(): readonly string[] {
    return this.lexicons.map(({ language }) => language);
  }

  /**
   * Notes wanted and excluded. A text that names none gives empty weights; `suggest` then says what would work.
   * Without a language, the one that explains the text best is taken.
   * Throws invalid_input for a text over 2,000 characters or a language without a lexicon, and not_understood for a
   * text in a script that no lexicon has.
   */
  understand(text: string, language?: string): Understanding {
    const { lexicon, alternatives } = this.choose(bounded(text), language);
    return { ...readDescription(text, lexicon), alternatives };
  }

  /** Notes near to what was written, and examples. Throws as `understand`. */
  suggest(text: string, language?: string): Suggestions {
    return suggestNotes(bounded(text), this.choose(text, language).lexicon);
  }

  private choose(text: string, language: string | undefined): Detection {
    if (language === undefined) return detectLanguage(text, this.lexicons);
    // "en-GB" is read as "en".
    const code = language.toLowerCase().split('-')[0];
    const lexicon = this.lexicons.find((candidate) => candidate.language === code);
    if (lexicon === undefined) {
      throw invalidField('/language', `language must be one of ${this.languages.join(', ')}`);
    }
    return { lexicon, alternatives: [] };
  }
}

function bounded(text: string): string {
  if (text.length > maxDescriptionLength) {
    throw invalidField('/description', `a description has at most ${maxDescriptionLength} characters`);
  }
  return text;
}
