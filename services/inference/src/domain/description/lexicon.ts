import { z } from 'zod';
import { cut, fold } from './words.ts';

const words = z.array(z.string().min(1)).min(1);
const scope = z.enum(['one', 'all']);
const share = z.number().gt(0).max(1);

/** The file of one language. What each field means is said in lexicon/en.yaml. */
export const lexiconSchema = z.strictObject({
  language: z.string().regex(/^[a-z]{2,3}$/),
  negations: z.array(z.strictObject({ words, scope })),
  trailing_negations: words,
  strengths: z.array(z.strictObject({ value: share, scope, words })),
  trailing_strengths: z.array(z.strictObject({ value: share, words })),
  breaks: words,
  and: words,
  or: words,
  stop: words,
  popular: words,
  endings: z.array(z.tuple([z.string().min(1), z.string()])),
  weights: z.record(z.string(), share),
  notes: z.record(z.string(), words),
  compounds: z.array(
    z.strictObject({ words, notes: z.record(z.string(), share), excludes: z.array(z.string()).optional() }),
  ),
  examples: words,
});

export type LexiconFile = z.infer<typeof lexiconSchema>;

/** What a word stands for before or between notes. */
export type Meaning =
  | {
      readonly kind: 'notes';
      readonly notes: ReadonlyMap<string, number>;
      readonly excludes: readonly string[];
    }
  | { readonly kind: 'negation'; readonly scope: 'one' | 'all' }
  | { readonly kind: 'strength'; readonly scope: 'one' | 'all'; readonly value: number }
  | { readonly kind: 'break' | 'and' | 'or' | 'stop' };

/** What a word says of the note that stands before it. */
export type Trailing = { readonly kind: 'negation' } | { readonly kind: 'strength'; readonly value: number };

/** A node of the tree of phrases: reached by one folded word after another. */
export interface PhraseNode {
  readonly next: Map<string, PhraseNode>;
  meaning?: Meaning;
  trailing?: Trailing;
}

/** A language ready for reading descriptions. */
export interface Lexicon {
  readonly language: string;
  readonly segmenter: Intl.Segmenter;
  readonly phrases: PhraseNode;
  readonly endings: readonly (readonly [string, string])[];
  /** Single words and the notes they name, for suggestions. */
  readonly vocabulary: ReadonlyMap<string, readonly string[]>;
  readonly popular: readonly string[];
  readonly examples: readonly string[];
}

/**
 * Checks a language's file against the odour notes of the model and builds its phrase tree.
 * Throws an Error that names every note missing or unknown, and every word with two meanings.
 */
export function buildLexicon(raw: unknown, noteNames: readonly string[]): Lexicon {
  const file = lexiconSchema.parse(raw);
  const builder = new Builder(file.language);
  for (const [note, synonyms] of Object.entries(file.notes)) {
    const meaning = {
      kind: 'notes',
      notes: new Map([[note, file.weights[note] ?? 1]]),
      excludes: [note],
    } as const;
    builder.addMeaning(synonyms, meaning);
  }
  for (const compound of file.compounds) {
    const notes = new Map(Object.entries(compound.notes));
    const most = Math.max(...notes.values());
    const main = [...notes.keys()].filter((note) => notes.get(note) === most);
    builder.addMeaning(compound.words, { kind: 'notes', notes, excludes: compound.excludes ?? main });
  }
  for (const entry of file.negations)
    builder.addMeaning(entry.words, { kind: 'negation', scope: entry.scope });
  for (const { value, scope: reach, words: list } of file.strengths) {
    builder.addMeaning(list, { kind: 'strength', scope: reach, value });
  }
  builder.addMeaning(file.breaks, { kind: 'break' });
  builder.addMeaning(file.and, { kind: 'and' });
  builder.addMeaning(file.or, { kind: 'or' });
  builder.addMeaning(file.stop, { kind: 'stop' });
  builder.addTrailing(file.trailing_negations, { kind: 'negation' });
  for (const { value, words: list } of file.trailing_strengths)
    builder.addTrailing(list, { kind: 'strength', value });

  const faults = [...builder.faults, ...noteFaults(file, noteNames)];
  if (faults.length > 0) throw new Error(`lexicon ${file.language}: ${faults.join('; ')}`);
  return {
    language: file.language,
    segmenter: builder.segmenter,
    phrases: builder.root,
    endings: file.endings,
    vocabulary: builder.vocabulary,
    popular: file.popular,
    examples: file.examples,
  };
}

function noteFaults(file: LexiconFile, noteNames: readonly string[]): string[] {
  const known = new Set(noteNames);
  const named = [
    ...Object.keys(file.notes),
    ...Object.keys(file.weights),
    ...file.popular,
    ...file.compounds.flatMap((entry) => [...Object.keys(entry.notes), ...(entry.excludes ?? [])]),
  ];
  const missing = noteNames
    .filter((note) => file.notes[note] === undefined)
    .map((note) => `no word for ${note}`);
  const unknown = new Set(named.filter((note) => !known.has(note)));
  return [...missing, ...[...unknown].map((note) => `${note} is no odour note`)];
}

class Builder {
  readonly root: PhraseNode = { next: new Map() };
  readonly segmenter: Intl.Segmenter;
  readonly vocabulary = new Map<string, readonly string[]>();
  readonly faults: string[] = [];

  constructor(language: string) {
    this.segmenter = new Intl.Segmenter(language, { granularity: 'word' });
  }

  addMeaning(list: readonly string[], meaning: Meaning): void {
    for (const phrase of list) {
      const node = this.nodeOf(phrase);
      if (node.meaning !== undefined) this.faults.push(`"${phrase}" has two meanings`);
      node.meaning = meaning;
      if (meaning.kind === 'notes') this.vocabulary.set(fold(phrase), [...meaning.notes.keys()]);
    }
  }

  addTrailing(list: readonly string[], trailing: Trailing): void {
    for (const phrase of list) this.nodeOf(phrase).trailing = trailing;
  }

  private nodeOf(phrase: string): PhraseNode {
    const pieces = cut(phrase, this.segmenter);
    if (pieces.length === 0) this.faults.push(`"${phrase}" has no word in it`);
    let node = this.root;
    for (const { folded } of pieces) {
      let next = node.next.get(folded);
      if (next === undefined) {
        next = { next: new Map() };
        node.next.set(folded, next);
      }
      node = next;
    }
    return node;
  }
}
