/** A valid molecule with what the odour model says of it. */
export interface Candidate {
  /** Canonical SMILES without stereo: what makes two candidates the same molecule. */
  readonly canonical: string;
  /** Not among the molecules of the training data. */
  readonly novel: boolean;
  /** Of each odour note, 0-1, in the order of the labels. */
  readonly probabilities: Float32Array;
  /** Daltons. */
  readonly molecularWeight: number;
}

export interface Constraints {
  /** Daltons, inclusive. */
  readonly maxMolecularWeight?: number;
  /** 0-1, inclusive. */
  readonly minMatch?: number;
  readonly novelOnly?: boolean;
}

export interface SelectionRequest {
  readonly labels: readonly string[];
  /** How often each note occurs among known odorants, 0-1 exclusive, in the order of the labels. */
  readonly baseRates: readonly number[];
  /** Note to weight, -1 to 1, as a description was understood. */
  readonly weights: ReadonlyMap<string, number>;
  readonly count: number;
  readonly constraints: Constraints;
}

export type Chosen<T> = T & { readonly match: number };

export interface Selection<T> {
  /** Best first; at most `count`, all distinct. */
  readonly chosen: readonly Chosen<T>[];
  /** Distinct candidates that a rule turned away, by the first rule that did. */
  readonly rejected: Readonly<Record<Rejection, number>>;
}

export type Rejection = 'excluded_note' | 'molecular_weight' | 'known' | 'match';

/** An excluded note among this many of the likeliest notes disqualifies a molecule. */
const LEADING_NOTES = 3;

/**
 * The best distinct molecules for what was asked. Equal matches are ordered by SMILES, so that the same candidates
 * give the same answer in whatever order they came.
 */
export function selectMolecules<T extends Candidate>(
  candidates: Iterable<T>,
  request: SelectionRequest,
): Selection<T> {
  const asked = askedNotes(request);
  const rejected: Record<Rejection, number> = { excluded_note: 0, molecular_weight: 0, known: 0, match: 0 };
  const passed: Chosen<T>[] = [];
  const seen = new Set<string>();
  for (const candidate of candidates) {
    if (seen.has(candidate.canonical)) continue;
    seen.add(candidate.canonical);
    const match = matchOf(candidate.probabilities, asked);
    const reason = rejectionOf(candidate, match, asked, request.constraints);
    if (reason === undefined) passed.push({ ...candidate, match });
    else rejected[reason]++;
  }
  passed.sort((a, b) => b.match - a.match || (a.canonical < b.canonical ? -1 : 1));
  return { chosen: passed.slice(0, request.count), rejected };
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

function rejectionOf(
  candidate: Candidate,
  match: number,
  { excluded }: Asked,
  constraints: Constraints,
): Rejection | undefined {
  const { probabilities } = candidate;
  if (excluded.some((note) => rankOf(note.index, probabilities) < LEADING_NOTES)) return 'excluded_note';
  if (candidate.molecularWeight > (constraints.maxMolecularWeight ?? Infinity)) return 'molecular_weight';
  if (constraints.novelOnly === true && !candidate.novel) return 'known';
  return match < (constraints.minMatch ?? 0) ? 'match' : undefined;
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
