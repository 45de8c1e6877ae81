import type { PhraseNode } from './lexicon.ts';

/** How a language writes one word in several forms. All folded. */
export interface WordForms {
  /** Left out of a word that is not listed: an article. */
  readonly prefixes: readonly string[];
  /** Ending and what stands in its place in the listed word. */
  readonly endings: readonly (readonly [string, string])[];
  /** How many letters may follow a word that is listed with a star. */
  readonly longestEnding: number;
}

/** Where a word leads by one of its listed forms; undefined when it is not listed below this node. */
export function formOf(word: string, node: PhraseNode, forms: WordForms): PhraseNode | undefined {
  return (
    node.next?.get(word) ??
    byEnding(word, node, forms) ??
    byPrefix(word, node, forms) ??
    byStem(word, node, forms)
  );
}

/** "Peachy" by "peach". Only notes are found so: an inflected negation is another word. */
export function byEnding(word: string, node: PhraseNode, { endings }: WordForms): PhraseNode | undefined {
  for (const [ending, replacement] of endings) {
    // Two letters or fewer are too little to know a word by.
    if (!word.endsWith(ending) || word.length - ending.length < 3) continue;
    const next = node.next?.get(word.slice(0, -ending.length) + replacement);
    if (isPlain(next)) return next;
  }
  return undefined;
}

/** "الورد" by "ورد". */
export function byPrefix(word: string, node: PhraseNode, forms: WordForms): PhraseNode | undefined {
  for (const prefix of forms.prefixes) {
    if (!word.startsWith(prefix) || word.length - prefix.length < 2) continue;
    const bare = word.slice(prefix.length);
    const next = node.next?.get(bare) ?? byEnding(bare, node, forms) ?? byStem(bare, node, forms);
    if (isPlain(next)) return next;
  }
  return undefined;
}

/** "Boisée" by "boisé*": the longest listed beginning, if no more than an ending follows it. */
export function byStem(word: string, node: PhraseNode, { longestEnding }: WordForms): PhraseNode | undefined {
  if (node.stems === undefined) return undefined;
  const shortest = Math.max(1, word.length - longestEnding);
  for (let length = word.length; length >= shortest; length--) {
    const next = node.stems.get(word.slice(0, length));
    if (next !== undefined) return next;
  }
  return undefined;
}

/** Names a note, says nothing, or stands inside a phrase. */
function isPlain(node: PhraseNode | undefined): node is PhraseNode {
  if (node === undefined) return false;
  return node.meaning === undefined || node.meaning.kind === 'notes' || node.meaning.kind === 'stop';
}

/** A word that is listed only as the beginning of phrases means by itself what another form of it means. */
export function inheritMeanings(node: PhraseNode, forms: WordForms): void {
  for (const [word, next] of node.next ?? []) {
    if (next.meaning === undefined && next.trailing === undefined) {
      const other = byEnding(word, node, forms) ?? byPrefix(word, node, forms) ?? byStem(word, node, forms);
      if (other?.meaning !== undefined) next.meaning = other.meaning;
    }
    inheritMeanings(next, forms);
  }
  for (const next of node.stems?.values() ?? []) inheritMeanings(next, forms);
}
