/** How confidence follows from the first note's probability; `parameters.confidence` of the manifest. */
export interface ConfidenceLine {
  readonly intercept: number;
  readonly slope: number;
}

/**
 * How sure an answer is, 0-1: the chance that the most probable note is right, as measured on molecules held back
 * from training, times the share of atoms whose surroundings training knew.
 * @param probabilities of one molecule's notes, 0-1
 * @param knownFraction 0-1, from the molecule's features
 */
export function odourConfidence(
  probabilities: ArrayLike<number>,
  knownFraction: number,
  { intercept, slope }: ConfidenceLine,
): number {
  let highest = 0;
  for (let note = 0; note < probabilities.length; note++) {
    highest = Math.max(highest, probabilities[note] ?? 0);
  }
  const bounded = Math.min(Math.max(highest, 1e-4), 1 - 1e-4);
  const logit = Math.log(bounded / (1 - bounded));
  return knownFraction / (1 + Math.exp(-(intercept + slope * logit)));
}
