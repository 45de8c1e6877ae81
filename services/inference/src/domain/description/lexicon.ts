import { z } from 'zod';
import { formOf, inheritMeanings, type WordForms } from './word-forms.ts';
import { type Cutting, cut, fold } from './words.ts';

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
  readonly next: Map<string, PhraseNode>;
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

/**
 * Checks a language's file against the odour notes of the model and builds its phrase tree.
 * Throws an Error that names every note missing or unknown, and every word with two meanings.
 */
export function buildLexicon(raw: unknown, rawConcepts: unknown, noteNames: readonly string[]): Lexicon {
  const file = lexiconSchema.parse(raw);
  const shared = conceptsSchema.parse(rawConcepts);
  const cutting: Cutting = {
    bySign: !file.spaces,
    elisions: new Set(file.attached_before.map(fold).filter((word) => word.endsWith("'"))),
    // "烟煙菸": the first stands for the others.
    variants: new Map(
      file.variants.split(/\s+/).flatMap(([to = '', ...signs]) => signs.map((sign) => [sign, to] as const)),
    ),
  };
  const forms: WordForms = {
    prefixes: file.prefixes.map(fold),
    endings: file.endings.map((rule) => {
      const [ending = '', replacement = ''] = rule.split('>');
      return [fold(ending), fold(replacement)] as const;
    }),
    longestEnding: file.longest_ending,
  };
  const builder = new Builder(cutting, forms, {
    inflected: file.inflected_phrases,
    qualities: new Set(shared.qualities),
  });
  const meanings: [readonly string[], NotesMeaning][] = [];
  for (const [note, synonyms] of Object.entries(file.notes)) {
    const notes = new Map([[note, shared.weights[note] ?? 1]]);
    meanings.push([synonyms, { kind: 'notes', notes, excludes: [note] }]);
  }
  for (const [name, list] of Object.entries(file.concepts)) {
    const concept = shared.concepts[name];
    if (concept === undefined) {
      builder.faults.push(`${name} is no concept`);
      continue;
    }
    const notes = new Map(Object.entries(concept.notes));
    const most = Math.max(...notes.values());
    const main = [...notes.keys()].filter((note) => notes.get(note) === most);
    meanings.push([list, { kind: 'notes', notes, excludes: concept.excludes ?? main }]);
  }
  // Words before phrases: what a phrase is made of decides how it is kept.
  for (const [list, meaning] of meanings)
    builder.addMeaning(
      list.filter((word) => !isPhrase(word)),
      meaning,
    );
  for (const [list, meaning] of meanings) builder.addPhrases(list.filter(isPhrase), meaning);
  for (const scope of ['one', 'all'] as const) {
    builder.addMeaning(file.negations[scope], { kind: 'negation', scope });
    for (const { value, words: list } of file.strengths[scope]) {
      builder.addMeaning(list, { kind: 'strength', scope, value });
    }
    builder.addTrailing(file.trailing_negations[scope], { kind: 'negation', scope });
  }
  for (const { value, words: list } of file.trailing_strengths) {
    builder.addTrailing(list, { kind: 'strength', value });
  }
  for (const kind of ['more', 'rather', 'less', 'than', 'over', 'than_after'] as const) {
    builder.addMeaning(file.comparisons[kind], { kind });
  }
  builder.addTrailing(file.trailing_nor, { kind: 'nor' });
  builder.addMeaning(file.breaks, { kind: 'break' });
  builder.addMeaning(file.pauses, { kind: 'pause' });
  for (const kind of ['and', 'or', 'nor', 'stop'] as const) builder.addMeaning(file[kind], { kind });

  inheritMeanings(builder.root, forms);
  for (const word of [...file.attached_before, ...file.attached_after]) {
    const known = builder.root.next.has(fold(word.replace(/'$/, '')));
    if (!known) builder.faults.push(`"${word}" is attached but says nothing`);
  }
  const faults = [...builder.faults, ...noteFaults(file, shared, noteNames)];
  if (faults.length > 0) throw new Error(`lexicon ${file.language}: ${faults.join('; ')}`);
  return {
    language: file.language,
    name: file.name,
    scripts: file.scripts,
    cutting,
    phrases: builder.root,
    forms,
    attachedBefore: longestFirst(file.attached_before.filter((word) => !word.endsWith("'"))),
    attachedAfter: longestFirst(file.attached_after),
    compounds: file.compounds,
    vocabulary: builder.vocabulary,
    popular: shared.popular,
    examples: file.examples,
  };
}

function isPhrase(entry: string): boolean {
  return /[\s-]/.test(entry);
}

function longestFirst(list: readonly string[]): string[] {
  return [...new Set(list.map(fold))].sort((a, b) => b.length - a.length);
}

function noteFaults(file: LexiconFile, shared: Concepts, noteNames: readonly string[]): string[] {
  const known = new Set(noteNames);
  const named = [
    ...Object.keys(file.notes),
    ...Object.keys(shared.weights),
    ...shared.popular,
    ...Object.values(shared.concepts).flatMap((entry) => [
      ...Object.keys(entry.notes),
      ...(entry.excludes ?? []),
    ]),
  ];
  const missing = noteNames
    .filter((note) => (file.notes[note] ?? []).length === 0)
    .map((note) => `no word for ${note}`);
  const unknown = new Set(named.filter((note) => !known.has(note)));
  return [...missing, ...[...unknown].map((note) => `${note} is no odour note`)];
}

class Builder {
  readonly root: PhraseNode = { next: new Map() };
  readonly vocabulary = new Map<string, readonly string[]>();
  readonly faults: string[] = [];
  private readonly cutting: Cutting;
  private readonly forms: WordForms;
  private readonly inflected: boolean;
  private readonly qualities: ReadonlySet<string>;

  constructor(
    cutting: Cutting,
    forms: WordForms,
    { inflected, qualities }: { inflected: boolean; qualities: ReadonlySet<string> },
  ) {
    this.cutting = cutting;
    this.forms = forms;
    this.inflected = inflected;
    this.qualities = qualities;
  }

  /** Phrases of several words that name notes. */
  addPhrases(list: readonly string[], meaning: NotesMeaning): void {
    for (const phrase of list) {
      if (this.isQualified(phrase, meaning)) continue;
      this.addMeaning([this.inflected ? this.openEndings(phrase) : phrase], meaning);
    }
  }

  /** "Green apple" is apple and green: nothing but a note and a quality that is a note too, each read by itself. */
  private isQualified(phrase: string, meaning: NotesMeaning): boolean {
    const parts = phrase.split(/[\s-]+/);
    return parts.some((part, index) => {
      const quality = this.meaningOf(part);
      const rest = parts.filter((_, other) => other !== index).join(' ');
      const [note] = quality?.kind === 'notes' && quality.notes.size === 1 ? quality.notes.keys() : [];
      return (
        note !== undefined &&
        this.qualities.has(note) &&
        !meaning.notes.has(note) &&
        this.meaningOf(rest) === meaning
      );
    });
  }

  /** "Woda kolońska" is found in any case: each word by its listed stem, or without its last letter. */
  private openEndings(phrase: string): string {
    return phrase.replace(/[\p{L}\p{M}]{4,}(?!\*)(?![\p{L}\p{M}])/gu, (word) => {
      const folded = fold(word);
      for (let length = folded.length; length >= 3; length--) {
        if (this.root.stems?.has(folded.slice(0, length))) return `${folded.slice(0, length)}*`;
      }
      return `${folded.slice(0, -1)}*`;
    });
  }

  private meaningOf(phrase: string): Meaning | undefined {
    let node: PhraseNode | undefined = this.root;
    for (const { folded } of cut(phrase, this.cutting)) node = node && formOf(folded, node, this.forms);
    return node?.meaning;
  }

  addMeaning(list: readonly string[], meaning: Meaning): void {
    for (const phrase of list) {
      const node = this.nodeOf(phrase);
      // Two spellings that fold to one are one word; two meanings are a mistake.
      if (node.meaning !== undefined && node.meaning !== meaning) {
        this.faults.push(`"${phrase}" has two meanings`);
      }
      node.meaning = meaning;
      if (meaning.kind === 'notes') {
        this.vocabulary.set(fold(phrase.replaceAll('*', '')), [...meaning.notes.keys()]);
      }
    }
  }

  addTrailing(list: readonly string[], trailing: Trailing): void {
    for (const phrase of list) this.nodeOf(phrase).trailing = trailing;
  }

  private nodeOf(phrase: string): PhraseNode {
    const pieces = cut(phrase, this.cutting);
    if (pieces.length === 0) this.faults.push(`"${phrase}" has no word in it`);
    let node = this.root;
    for (const { folded, end } of pieces) {
      if (phrase[end] === '*') node.stems ??= new Map();
      const table = (phrase[end] === '*' ? node.stems : undefined) ?? node.next;
      let next = table.get(folded);
      if (next === undefined) {
        next = { next: new Map() };
        table.set(folded, next);
      }
      node = next;
    }
    return node;
  }
}
