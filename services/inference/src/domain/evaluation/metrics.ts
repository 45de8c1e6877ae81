/** How well probabilities agree with labels. Undefined where it cannot be told. */
export interface Agreement {
  readonly positives: number;
  readonly negatives: number;
  /** Chance that a positive ranks above a negative, ties half. */
  readonly auroc: number | undefined;
  /** Mean precision at each positive, by falling probability: the sum of (R_n - R_n-1) P_n, without interpolation. */
  readonly averagePrecision: number | undefined;
  /** Mean squared difference of probability and label (Brier 1950). */
  readonly brier: number | undefined;
  /** Expected calibration error in equal-width bins (Naeini, Cooper and Hauskrecht 2015). */
  readonly calibrationError: number | undefined;
  readonly meanProbability: number | undefined;
}

/** Probabilities and labels of molecules × notes, row after row. */
export interface Judged {
  readonly notes: number;
  /** 0-1 */
  readonly probabilities: Float32Array;
  /** 0 has it not, 1 has it, 2 was not judged. */
  readonly labels: Uint8Array;
}

/** Of each note, and over all pairs of molecule and note. Some 0.1 s for a million pairs. */
export function agreements(judged: Judged): { readonly notes: Agreement[]; readonly pooled: Agreement } {
  const notes = Array.from({ length: judged.notes }, (_, note) => agreementOf(judged, note, judged.notes));
  return { notes, pooled: agreementOf(judged, 0, 1) };
}

/** As many bins as the figures of the models' cards have. */
const calibrationBins = 15;

/** Of every `step`-th value from the `first` on. */
function agreementOf({ probabilities, labels }: Judged, first: number, step: number): Agreement {
  const [negative, positive] = [0, 1].map((wanted) => {
    const found: number[] = [];
    for (let at = first; at < labels.length; at += step) {
      if (labels[at] === wanted) found.push(probabilities[at] ?? 0);
    }
    return Float32Array.from(found).sort();
  });
  if (negative === undefined || positive === undefined) throw new Error('two kinds of labels');
  const judged = positive.length + negative.length;
  const groups = [...fallingGroups(positive, negative)];
  const overAll = (value: (probability: number, label: 0 | 1) => number): number | undefined =>
    judged === 0
      ? undefined
      : (positive.reduce((sum, one) => sum + value(one, 1), 0) +
          negative.reduce((sum, one) => sum + value(one, 0), 0)) /
        judged;
  return {
    positives: positive.length,
    negatives: negative.length,
    auroc: positive.length > 0 && negative.length > 0 ? auroc(groups) : undefined,
    averagePrecision: positive.length > 0 ? averagePrecision(groups) : undefined,
    brier: overAll((probability, label) => (probability - label) ** 2),
    calibrationError: judged > 0 ? calibrationError(positive, negative) : undefined,
    meanProbability: overAll((probability) => probability),
  };
}

/** How many positives and negatives have one and the same probability. */
interface Group {
  readonly positives: number;
  readonly negatives: number;
}

/** Groups of equal probability, the highest first, of two rising lists. */
function* fallingGroups(positive: Float32Array, negative: Float32Array): Generator<Group> {
  let p = positive.length - 1;
  let n = negative.length - 1;
  while (p >= 0 || n >= 0) {
    const probability = Math.max(positive[p] ?? -1, negative[n] ?? -1);
    const [p0, n0] = [p, n];
    while (p >= 0 && positive[p] === probability) p -= 1;
    while (n >= 0 && negative[n] === probability) n -= 1;
    yield { positives: p0 - p, negatives: n0 - n };
  }
}

/** Mann and Whitney's statistic. */
function auroc(falling: readonly Group[]): number {
  let above = 0;
  let below = 0;
  let wins = 0;
  for (const { positives, negatives } of falling) {
    wins += negatives * (above + positives / 2);
    above += positives;
    below += negatives;
  }
  return wins / (above * below);
}

function averagePrecision(falling: readonly Group[]): number {
  let seen = 0;
  let found = 0;
  let sum = 0;
  for (const { positives, negatives } of falling) {
    seen += positives + negatives;
    found += positives;
    sum += positives * (found / seen);
  }
  return sum / found;
}

function calibrationError(positive: Float32Array, negative: Float32Array): number {
  // Of each bin: positives less the sum of probabilities, which is its size times the difference of its means.
  const excess = new Float64Array(calibrationBins);
  const binOf = (probability: number) =>
    Math.min(calibrationBins - 1, Math.floor(probability * calibrationBins));
  for (const probability of positive)
    excess[binOf(probability)] = (excess[binOf(probability)] ?? 0) + 1 - probability;
  for (const probability of negative)
    excess[binOf(probability)] = (excess[binOf(probability)] ?? 0) - probability;
  return excess.reduce((sum, one) => sum + Math.abs(one), 0) / (positive.length + negative.length);
}
