import { type Fingerprint, tanimoto } from '@sillage/chem';

/** A valid molecule with what the odour model says of it. */
export interface Candidate {
  /** Number of its sample. */
  readonly row: number;
  /** Canonical SMILES without stereo. */
  readonly canonical: string;
  /** Of each odour note, 0-1, in the order of the labels. */
  readonly probabilities: Float32Array;
  readonly fingerprint: Fingerprint;
}

export interface SelectionRequest {
  readonly labels: readonly string[];
  /** How often each note occurs among known odorants, 0-1 exclusive, in the order of the labels. */
  readonly baseRates: readonly number[];
  /** Note to weight, -1 to 1, as a description was understood. Empty: nothing was asked for. */
  readonly weights: ReadonlyMap<string, number>;
  /** 0-1, inclusive. */
  readonly minMatch: number;
}

export type Chosen<T> = T & { readonly match: number };

/** An excluded note among this many of the likeliest notes disqualifies a molecule. */
const LEADING_NOTES = 3;

/** Judges distinct candidates as they come and keeps those that answer what was asked. */
export class Selection<T extends Candidate> {
  readonly #request: SelectionRequest;
  readonly #asked: Asked;
  readonly #passed: Chosen<T>[] = [];
  readonly #rejected = { excluded_note: 0, min_match: 0 };

  constructor(request: SelectionRequest) {
    this.#request = request;
    this.#asked = askedNotes(request);
  }

  add(candidate: T): void {
    const { probabilities } = candidate;
    if (this.#asked.excluded.some((note) => rankOf(note.index, probabilities) < LEADING_NOTES)) {
      this.#rejected.excluded_note++;
      return;
    }
    const match = matchOf(probabilities, this.#asked);
    if (match < this.#request.minMatch) this.#rejected.min_match++;
    else this.#passed.push({ ...candidate, match });
  }

  /** How many have passed. */
  get size(): number {
    return this.#passed.length;
  }

  /** How many were turned away, by the first rule that did. */
  get rejected(): Readonly<Record<'excluded_note' | 'min_match', number>> {
    return this.#rejected;
  }

  /**
   * Best match first; equal ones by SMILES, so that the same candidates give the same answer in whatever order they came.
   * Where nothing was asked for all match alike, and they stay in the order in which they were drawn.
   */
  best(count: number): readonly Chosen<T>[] {
    if (this.#request.weights.size === 0) {
      return this.#passed.toSorted((a, b) => a.row - b.row).slice(0, count);
    }
    const ranked = this.#passed.toSorted(byMatch);
    return count > MOST_DIVERSE ? ranked.slice(0, count) : diverse(ranked, count);
  }
}

function byMatch(a: Chosen<Candidate>, b: Chosen<Candidate>): number {
  return b.match - a.match || (a.canonical < b.canonical ? -1 : 1);
}

/** Match that a molecule may lose to one that is unlike those chosen before it. */
const DIVERSITY = 0.15;
/** For more molecules than this nearly all that passed are returned, and there is nothing to choose. */
const MOST_DIVERSE = 100;

/**
 * Of molecules ranked by match, those whose match less 0.15 x similarity to the likest one chosen is highest, one after
 * the other (maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998): the best matches alone are near copies.
 */
function diverse<T extends Chosen<Candidate>>(ranked: readonly T[], count: number): readonly T[] {
  const left = ranked.map((molecule) => ({ molecule, likeness: 0 }));
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) {
    const worth = left.map(({ molecule, likeness }) => molecule.match - DIVERSITY * likeness);
    const [next] = left.splice(worth.indexOf(Math.max(...worth)), 1);
    if (next === undefined) break;
    chosen.push(next.molecule);
    for (const other of left) {
      const likeness = tanimoto(other.molecule.fingerprint, next.molecule.fingerprint);
      other.likeness = Math.max(other.likeness, likeness);
    }
  }
  return chosen.sort(byMatch);
}

interface AskedNote {
  readonly index: number;
  /** Above 0. */
  readonly weight: number;
  readonly baseRate: number;
}

interface Asked {
  readonly wanted: readonly AskedNote[];
  readonly excluded: readonly AskedNote[];
}

function askedNotes({ labels, baseRates, weights }: SelectionRequest): Asked {
  const notes = labels.flatMap((label, index) => {
    const weight = weights.get(label) ?? 0;
    return weight === 0 ? [] : [{ index, weight, baseRate: baseRates[index] ?? 0 }];
  });
  return {
    wanted: notes.filter((note) => note.weight > 0),
    excluded: notes.filter((note) => note.weight < 0).map((note) => ({ ...note, weight: -note.weight })),
  };
}

/**
 * How well a molecule answers, 0-1: the mean presence of the wanted notes, weighted by how much each is wanted,
 * times (1 - weight x presence) of each excluded note. Where nothing is wanted the mean counts as 1.
 */
function matchOf(probabilities: Float32Array, { wanted, excluded }: Asked): number {
  const presence = (note: AskedNote): number => presenceOf(probabilities[note.index] ?? 0, note.baseRate);
  const total = wanted.reduce((sum, note) => sum + note.weight, 0);
  const mean = total === 0 ? 1 : wanted.reduce((sum, note) => sum + note.weight * presence(note), 0) / total;
  return excluded.reduce((match, note) => match * (1 - note.weight * presence(note)), mean);
}

/**
 * How far a probability has come from the note's base rate (0) to certainty (1), on a log scale: a rare note at 0.3
 * says as much of a molecule as a common one at 0.6, and a note at its base rate says nothing.
 */
export function presenceOf(probability: number, baseRate: number): number {
  if (probability <= baseRate) return 0;
  if (baseRate <= 0) return probability;
  return Math.min(1, Math.log(probability / baseRate) / -Math.log(baseRate));
}

/** How many notes come before this one when sorted by probability, then by label. */
function rankOf(index: number, probabilities: Float32Array): number {
  const own = probabilities[index] ?? 0;
  let before = 0;
  for (const [other, probability] of probabilities.entries()) {
    if (probability > own || (probability === own && other < index)) before++;
  }
  return before;
}
