/** How well the probabilities of one note agree with its labels. Undefined where it cannot be told. */
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

export interface Judgement {
  /** 0-1 */
  readonly probability: number;
  readonly isPositive: boolean;
}

/** As many bins as the figures of the models' cards have. */
const calibrationBins = 15;

export function agreementOf(judged: readonly Judgement[]): Agreement {
  const positives = judged.filter(({ isPositive }) => isPositive).length;
  const negatives = judged.length - positives;
  const falling = judged.toSorted((a, b) => b.probability - a.probability);
  return {
    positives,
    negatives,
    auroc: positives > 0 && negatives > 0 ? auroc(falling, positives, negatives) : undefined,
    averagePrecision: positives > 0 ? averagePrecision(falling, positives) : undefined,
    brier: meanOf(judged, ({ probability, isPositive }) => (probability - Number(isPositive)) ** 2),
    calibrationError: judged.length > 0 ? calibrationError(judged) : undefined,
    meanProbability: meanOf(judged, ({ probability }) => probability),
  };
}

/** Mann and Whitney's statistic from groups of equal probability. */
function auroc(falling: readonly Judgement[], positives: number, negatives: number): number {
  let above = 0;
  let wins = 0;
  for (const group of ties(falling)) {
    wins += group.negatives * (above + group.positives / 2);
    above += group.positives;
  }
  return wins / (positives * negatives);
}

function averagePrecision(falling: readonly Judgement[], positives: number): number {
  let seen = 0;
  let found = 0;
  let sum = 0;
  for (const group of ties(falling)) {
    seen += group.positives + group.negatives;
    found += group.positives;
    sum += group.positives * (found / seen);
  }
  return sum / positives;
}

function calibrationError(judged: readonly Judgement[]): number {
  const bins = Array.from({ length: calibrationBins }, () => ({ probability: 0, positives: 0 }));
  for (const { probability, isPositive } of judged) {
    const bin = bins[Math.min(calibrationBins - 1, Math.floor(probability * calibrationBins))];
    if (bin === undefined) throw new RangeError(`${probability} is no probability`);
    bin.probability += probability;
    bin.positives += Number(isPositive);
  }
  // Share of the bin × difference of its means: the counts cancel.
  return bins.reduce((sum, bin) => sum + Math.abs(bin.positives - bin.probability), 0) / judged.length;
}

function* ties(falling: readonly Judgement[]): Generator<{ positives: number; negatives: number }> {
  let group = { positives: 0, negatives: 0 };
  let last: number | undefined;
  for (const { probability, isPositive } of falling) {
    if (last !== undefined && probability !== last) {
      yield group;
      group = { positives: 0, negatives: 0 };
    }
    last = probability;
    if (isPositive) group.positives += 1;
    else group.negatives += 1;
  }
  if (last !== undefined) yield group;
}

function meanOf(judged: readonly Judgement[], value: (one: Judgement) => number): number | undefined {
  return judged.length === 0 ? undefined : judged.reduce((sum, one) => sum + value(one), 0) / judged.length;
}
