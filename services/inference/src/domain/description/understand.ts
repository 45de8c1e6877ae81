import type { Lexicon } from './lexicon.ts';
import { type Mention, readMentions } from './read-mentions.ts';

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
  /** The language that the text was read in. */
  readonly language: string;
  /** Other languages that explain the text as well, when it was not said which it is. */
  readonly alternatives: readonly string[];
  /** Odour note to weight, in order of mention: above 0 wanted (1 fully), below 0 excluded. Never 0. */
  readonly weights: ReadonlyMap<string, number>;
  readonly spans: readonly Span[];
  /** Words that the lexicon does not have, once each, at most 32. */
  readonly unrecognised: readonly string[];
}

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
  return { language: lexicon.language, alternatives: [], weights, spans, unrecognised };
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
