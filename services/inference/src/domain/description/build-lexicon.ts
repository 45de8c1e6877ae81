import {
  type Concepts,
  conceptsSchema,
  type Lexicon,
  type LexiconFile,
  lexiconSchema,
  type Meaning,
  type NotesMeaning,
  type PhraseNode,
  type Trailing,
} from './lexicon.ts';
import { formOf, inheritMeanings, type WordForms } from './word-forms.ts';
import { type Cutting, cut, fold } from './words.ts';

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
    const known = builder.root.next?.has(fold(word.replace(/'$/, '')));
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

const SIGNS = /^[ぁ-ゖァ-ヺー\u4e00-\u9fff]+$/;
const PLAIN = /^[\p{L}\p{M}]+(?:[ -][\p{L}\p{M}]+)*$/u;

class Builder {
  readonly root: PhraseNode = {};
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
    const parts = this.partsOf(phrase);
    return parts.some((part, index) => {
      const quality = this.meaningOf([part]);
      if (quality?.kind !== 'notes' || quality.notes.size !== 1) return false;
      const [note = ''] = quality.notes.keys();
      if (!this.qualities.has(note) || meaning.notes.has(note)) return false;
      return this.meaningOf(parts.filter((_, other) => other !== index)) === meaning;
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

  private meaningOf(parts: readonly string[]): Meaning | undefined {
    let node: PhraseNode | undefined = this.root;
    for (const part of parts) node = node && formOf(part, node, this.forms);
    return node?.meaning;
  }

  /** The folded words of an entry. */
  private partsOf(phrase: string): string[] {
    // Most entries hold nothing but words and spaces; those need no rules.
    if (this.cutting.bySign ? SIGNS.test(phrase) : PLAIN.test(phrase)) {
      return this.cutting.bySign ? [...phrase] : phrase.split(/[ -]/).map(fold);
    }
    return cut(phrase, this.cutting).map(({ folded }) => folded);
  }

  addMeaning(list: readonly string[], meaning: Meaning): void {
    const notes = meaning.kind === 'notes' ? [...meaning.notes.keys()] : undefined;
    for (const phrase of list) {
      const node = this.nodeOf(phrase);
      // Two spellings that fold to one are one word; two meanings are a mistake.
      if (node.meaning !== undefined && node.meaning !== meaning) {
        this.faults.push(`"${phrase}" has two meanings`);
      }
      node.meaning = meaning;
      if (notes !== undefined) this.vocabulary.set(fold(phrase.replaceAll('*', '')), notes);
    }
  }

  addTrailing(list: readonly string[], trailing: Trailing): void {
    for (const phrase of list) this.nodeOf(phrase).trailing = trailing;
  }

  private nodeOf(phrase: string): PhraseNode {
    const starred = phrase.includes('*');
    // The ends of words are looked up only where a star may stand.
    const pieces = starred
      ? cut(phrase, this.cutting).map(({ folded, end }) => ({ folded, open: phrase[end] === '*' }))
      : this.partsOf(phrase).map((folded) => ({ folded, open: false }));
    if (pieces.length === 0) this.faults.push(`"${phrase}" has no word in it`);
    let node = this.root;
    for (const { folded, open } of pieces) {
      const table = (open ? node.stems : node.next) ?? new Map<string, PhraseNode>();
      if (open) node.stems = table;
      else node.next = table;
      let next = table.get(folded);
      if (next === undefined) {
        next = {};
        table.set(folded, next);
      }
      node = next;
    }
    return node;
  }
}
