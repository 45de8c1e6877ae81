/** What a device reports in clean air, by channel, in the channel's unit. */
export type Baseline = ReadonlyMap<string, number>;

/** A channel that reports next to nothing in clean air would make a drift of any change; counts below this are not told apart. */
const leastLevel = 1;

/**
 * How far a device has drifted between two calibrations: the largest change of a channel that both know, over its level
 * before. 0.5 is a channel whose clean air has risen or fallen by half.
 */
export function baselineDrift(before: Baseline, last: Baseline): number {
  let largest = 0;
  for (const [channel, level] of last) {
    const was = before.get(channel);
    if (was === undefined) continue;
    largest = Math.max(largest, Math.abs(level - was) / Math.max(leastLevel, Math.abs(was)));
  }
  return largest;
}
