import { z } from 'zod';
import type { WordForms } from './word-forms.ts';
import type { Cutting } from './words.ts';

/** Words and phrases are written in one line, with commas between them. */
const words = z.string().transform((line) =>
  line
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);
const share = z.number().gt(0).max(1);
/** How much, to the words that say so. */
const byShare = z.record(z.string(), words).transform((lists, context) =>
  Object.entries(lists).map(([key, list]) => {
    const value = share.safeParse(Number(key));
    if (!value.success) context.addIssue(`${key} is no share from 0 to 1`);
    return { value: value.data ?? 1, words: list };
  }),
);
const none = () => [] as string[];

/** What does not depend on the language. The fields are explained in lexicon/concepts.yaml. */
export const conceptsSchema = z.strictObject({
  weights: z.record(z.string(), share),
  qualities: words,
  popular: words,
  concepts: z.record(
    z.string(),
    z.strictObject({ notes: z.record(z.string(), share), excludes: z.array(z.string()).optional() }),
  ),
});

/** The file of one language. The fields are explained in lexicon/en.yaml. */
export const lexiconSchema = z.strictObject({
  language: z.string().regex(/^[a-z]{2,3}$/),
  name: z.string(),
  scripts: words,
  spaces: z.boolean().default(true),
  variants: z.string().default(''),
  negations: z.strictObject({ one: words, all: words }),
  trailing_negations: z.strictObject({ one: words.default(none), all: words.default(none) }),
  strengths: z.strictObject({ one: byShare, all: byShare }),
  trailing_nor: words.default(none),
  trailing_strengths: byShare,
  comparisons: z.strictObject({
    more: words.default(none),
    rather: words.default(none),
    less: words.default(none),
    than: words.default(none),
    over: words.default(none),
    than_after: words.default(none),
  }),
  breaks: words,
  pauses: words.default(none),
  and: words,
  or: words,
  nor: words.default(none),
  stop: words,
  prefixes: words.default(none),
  endings: words.default(none),
  attached_before: words.default(none),
  attached_after: words.default(none),
  compounds: z.boolean().default(false),
  inflected_phrases: z.boolean().default(false),
  longest_ending: z.number().int().min(0).max(12).default(3),
  notes: z.record(z.string(), words),
  concepts: z.record(z.string(), words),
  examples: z.array(z.string()).min(1),
});

export type LexiconFile = z.infer<typeof lexiconSchema>;
export type Concepts = z.infer<typeof conceptsSchema>;

/** What a word stands for before or between notes. */
export type Meaning =
  | {
      readonly kind: 'notes';
      readonly notes: ReadonlyMap<string, number>;
      readonly excludes: readonly string[];
    }
  | { readonly kind: 'negation'; readonly scope: 'one' | 'all' }
  | { readonly kind: 'strength'; readonly scope: 'one' | 'all'; readonly value: number }
  | { readonly kind: 'more' | 'rather' | 'less' | 'than' | 'over' | 'than_after' }
  | { readonly kind: 'break' | 'pause' | 'and' | 'or' | 'nor' | 'stop' };

export type NotesMeaning = Extract<Meaning, { kind: 'notes' }>;

/** What a word says of the note that stands before it. */
export type Trailing =
  | { readonly kind: 'negation'; readonly scope: 'one' | 'all' }
  | { readonly kind: 'nor' }
  | { readonly kind: 'strength'; readonly value: number };

/** A node of the tree of phrases: reached by one folded word after another. */
export interface PhraseNode {
  next?: Map<string, PhraseNode>;
  /** Beginnings of words ("boisé*"), without the star. */
  stems?: Map<string, PhraseNode>;
  meaning?: Meaning;
  trailing?: Trailing;
}

/** A language ready for reading descriptions. */
export interface Lexicon {
  readonly language: string;
  readonly name: string;
  /** Unicode scripts that it is written in. */
  readonly scripts: readonly string[];
  readonly cutting: Cutting;
  readonly phrases: PhraseNode;
  readonly forms: WordForms;
  readonly attachedBefore: readonly string[];
  readonly attachedAfter: readonly string[];
  /** Two nouns may be one word: "Kamillentee". */
  readonly compounds: boolean;
  /** Single words and the notes they name, for suggestions. */
  readonly vocabulary: ReadonlyMap<string, readonly string[]>;
  readonly popular: readonly string[];
  readonly examples: readonly string[];
}
