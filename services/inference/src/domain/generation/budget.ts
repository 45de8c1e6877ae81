/** How much a generation draws. Only the deadline ends it earlier. */
export interface GenerationBudget {
  /** Molecules that must have passed every rule before the best of them are chosen. */
  readonly enough: number;
  /** Samples after which a choice is no longer waited for: the molecules asked for are enough. */
  readonly choiceSamples: number;
  /** Samples after which drawing ends, whatever was found. */
  readonly maxSamples: number;
  /** Most samples that a lane draws before the next look at how far it has come. */
  readonly samplesAtOnce: number;
}

/** Fewer samples than a model draws side by side are hardly sooner there. */
const leastAtOnce = 64;

/** How many of the samples still needed each of the lanes draws at once. */
export function shareOf(samples: number, { lanes, most }: { lanes: number; most: number }): number {
  return Math.min(most, Math.max(leastAtOnce, Math.ceil(samples / lanes)));
}

/**
 * How much is drawn for `count` molecules. Choosing the best of three times as many raises the match; for many
 * molecules, and where there is no match to choose by (nothing was asked for, or nothing is scored), that is not worth
 * its time. Constraints may turn away
 * nearly all that is drawn, so with them ten times as many samples may go into finding the molecules asked for.
 */
export function budgetOf(
  count: number,
  { hasMatch, isDemanding }: { readonly hasMatch: boolean; readonly isDemanding: boolean },
): GenerationBudget {
  const choice = !hasMatch ? 1 : count <= 100 ? 3 : 1.5;
  const choiceSamples = Math.max(2000, 40 * count);
  return {
    enough: Math.ceil(count * choice),
    choiceSamples,
    maxSamples: isDemanding ? Math.min(200_000, 10 * choiceSamples) : choiceSamples,
    samplesAtOnce: Math.min(256, Math.max(isDemanding ? 256 : leastAtOnce, count)),
  };
}

/** Whether enough was drawn: `passed` molecules have met every rule, after `sampled` samples. */
export function isEnough(
  { enough, choiceSamples }: GenerationBudget,
  count: number,
  { passed, sampled }: { readonly passed: number; readonly sampled: number },
): boolean {
  return passed >= enough || (passed >= count && sampled >= choiceSamples);
}

/** About how many more samples it will take, as things have gone so far. */
export function stillNeeded(
  { enough, maxSamples }: GenerationBudget,
  { passed, sampled }: { readonly passed: number; readonly sampled: number },
): number {
  // As if three of four had passed before the first was drawn.
  const rate = (passed + 3) / (sampled + 4);
  return Math.max(0, Math.min(maxSamples - sampled, Math.ceil((enough - passed) / rate)));
}
