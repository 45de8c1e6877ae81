export interface GenerationBudget {
  /** Molecules that must have passed every rule before the best of them are chosen. */
  readonly enough: number;
  /** Samples after which drawing ends, whatever was found. */
  readonly maxSamples: number;
  /** Samples drawn before the next look at how far it has come. */
  readonly samplesAtOnce: number;
}

/**
 * How much is drawn for `count` molecules. Choosing the best of three times as many raises the match; for many
 * molecules, and where nothing is asked for and all match alike, that is not worth its time.
 */
export function budgetOf(count: number, isUnconditioned: boolean): GenerationBudget {
  const choice = isUnconditioned ? 1 : count <= 100 ? 3 : 1.5;
  return {
    enough: Math.ceil(count * choice),
    maxSamples: Math.max(2000, 40 * count),
    samplesAtOnce: Math.min(512, Math.max(64, 2 * count)),
  };
}
