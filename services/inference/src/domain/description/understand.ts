import type { Lexicon, Meaning } from './lexicon.ts';
import { type PhraseItem, readItems } from './read-items.ts';

/** A place in the text that names notes. */
export interface Span {
  /** UTF-16 offsets into the description. */
  readonly start: number;
  readonly end: number;
  readonly notes: readonly string[];
  /** -1 to 1, as for `Understanding.weights`: that of its first note. */
  readonly weight: number;
}

export interface Understanding {
  readonly language: string;
  /** Odour note to weight, in order of mention: above 0 wanted (1 fully), below 0 excluded. Never 0. */
  readonly weights: ReadonlyMap<string, number>;
  readonly spans: readonly Span[];
  /** Words that the lexicon does not have, once each, at most 32. */
  readonly unrecognised: readonly string[];
}

const MAX_UNRECOGNISED = 32;

/** Reads what a description asks for. Time grows with the length of the text, which the caller bounds. */
export function readDescription(text: string, lexicon: Lexicon): Understanding {
  const { mentions, unrecognised } = readMentions(text, lexicon);
  const claims = new Map<string, Claim>();
  const spans = mentions.map((mention): Span => {
    const asked = claimsOf(mention);
    for (const [note, claim] of asked) claims.set(note, stronger(claims.get(note), claim));
    const [first] = asked.values();
    return { start: mention.start, end: mention.end, notes: [...asked.keys()], weight: first?.weight ?? 0 };
  });
  const weights = new Map([...claims].map(([note, claim]) => [note, claim.weight]));
  return { language: lexicon.language, weights, spans, unrecognised };
}

type NotesMeaning = Extract<Meaning, { kind: 'notes' }>;

/** One naming of notes with what was said about it. */
interface Mention {
  readonly meaning: NotesMeaning;
  readonly start: number;
  readonly end: number;
  negated: boolean;
  /** Undefined when the text does not say. */
  strength: number | undefined;
}

interface Reach {
  readonly scope: 'one' | 'all';
  readonly value: number;
}

/** The state of reading: which negation and strength still hold, and the note that a following word may qualify. */
class Reader {
  readonly mentions: Mention[] = [];
  /** `list`: until the thought ends ("avoid: rose, musk"). */
  private negation: 'one' | 'all' | 'list' | undefined;
  /** A negation stands whose first note is yet to come. */
  private awaitsNote = false;
  private strength: Reach | undefined;
  private strengthSpent = false;
  private last: Mention | undefined;

  /** A new thought: nothing said before holds on. */
  reset(): void {
    this.negation = undefined;
    this.awaitsNote = false;
    this.strength = undefined;
    this.last = undefined;
  }

  /** A bracket ends the thought, unless it stands between a negation and what that is about ("not (too) musky"). */
  bracket(): void {
    if (!this.awaitsNote) this.reset();
  }

  /** So does a colon; after a negation it opens a list of what is not wanted. */
  colon(): void {
    if (this.awaitsNote) this.negation = 'list';
    else this.reset();
  }

  comma(closesWithOr: boolean): void {
    if (!closesWithOr && this.negation !== 'list') this.negation = undefined;
    this.strength = undefined;
    this.last = undefined;
  }

  unknown(): void {
    this.last = undefined;
  }

  phrase(item: PhraseItem): void {
    if (item.trailing !== undefined && this.last !== undefined) {
      if (item.trailing.kind === 'negation') this.last.negated = true;
      else this.last.strength ??= item.trailing.value;
      return;
    }
    const meaning = item.meaning;
    // A trailing word with nothing before it says nothing.
    if (meaning === undefined) return;
    switch (meaning.kind) {
      case 'notes':
        this.mention(meaning, item);
        return;
      case 'negation':
        this.negation = meaning.scope;
        this.awaitsNote = true;
        this.strength = undefined;
        this.last = undefined;
        return;
      case 'strength':
        this.strength = meaning;
        this.strengthSpent = false;
        this.last = undefined;
        return;
      case 'break':
        this.reset();
        return;
      case 'and':
        if (this.negation === 'one') this.negation = undefined;
        if (this.strength?.scope === 'one') this.strength = undefined;
        this.last = undefined;
        return;
      case 'or':
        this.strengthSpent = false;
        this.last = undefined;
        return;
      case 'stop':
        return;
      default:
        meaning satisfies never;
    }
  }

  private mention(meaning: NotesMeaning, { start, end }: PhraseItem): void {
    const strength = this.strengthSpent && this.strength?.scope === 'one' ? undefined : this.strength?.value;
    const mention = { meaning, start, end, negated: this.negation !== undefined, strength };
    this.mentions.push(mention);
    this.awaitsNote = false;
    this.strengthSpent = true;
    this.last = mention;
  }
}

function readMentions(
  text: string,
  lexicon: Lexicon,
): { mentions: readonly Mention[]; unrecognised: string[] } {
  const reader = new Reader();
  const unrecognised = new Set<string>();
  for (const item of readItems(text, lexicon)) {
    if (item.kind === 'end') {
      reader.reset();
    } else if (item.kind === 'bracket') {
      reader.bracket();
    } else if (item.kind === 'colon') {
      reader.colon();
    } else if (item.kind === 'comma') {
      reader.comma(item.closesWithOr);
    } else if (item.meaning === undefined && item.trailing === undefined) {
      if (unrecognised.size < MAX_UNRECOGNISED)
        unrecognised.add(text.slice(item.start, item.end).toLowerCase());
      reader.unknown();
    } else {
      reader.phrase(item);
    }
  }
  return { mentions: reader.mentions, unrecognised: [...unrecognised] };
}

/** What one mention asks of one note. */
interface Claim {
  readonly weight: number;
  /** The note itself was named, not a word that implies it among others ("lemony" implies citrus). */
  readonly direct: boolean;
  /** The text said how much. */
  readonly explicit: boolean;
}

function claimsOf({ meaning, negated, strength }: Mention): Map<string, Claim> {
  const direct = meaning.notes.size === 1;
  const explicit = strength !== undefined;
  if (negated) return new Map(meaning.excludes.map((note) => [note, { weight: -1, direct, explicit: true }]));
  const weigh = (weight: number): number => {
    if (strength === undefined) return weight;
    // "Very warm" asks for all of a note that a bare "warm" asks for less of; implied notes stay implied.
    if (strength >= 1) return direct ? 1 : weight;
    return Math.round(weight * strength * 1000) / 1000;
  };
  return new Map(
    [...meaning.notes].map(([note, weight]) => [note, { weight: weigh(weight), direct, explicit }]),
  );
}

/** Which of two claims on a note holds: the direct one, then the exclusion, then the one that says how much. */
function stronger(old: Claim | undefined, claim: Claim): Claim {
  if (old === undefined) return claim;
  if (old.direct !== claim.direct) return old.direct ? old : claim;
  if (old.weight < 0 !== claim.weight < 0) return old.weight < 0 ? old : claim;
  if (old.explicit !== claim.explicit) return old.explicit ? old : claim;
  return claim.explicit || claim.weight > old.weight ? claim : old;
}
