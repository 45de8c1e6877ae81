import { type ReadingBlock, selectRows, valueAt } from './readings.ts';

export interface Ordered {
  readonly block: ReadingBlock;
  /** Readings dropped since one with the same time came before them. */
  readonly duplicates: number;
  /** Readings that arrived after a later one. */
  readonly outOfOrder: number;
}

/** Puts readings in order of time and keeps the first to arrive of each time. */
export function orderReadings(block: ReadingBlock): Ordered {
  let outOfOrder = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (const time of block.timesMs) {
    if (time < latest) outOfOrder++;
    latest = Math.max(latest, time);
  }
  const time = (row: number): number => block.timesMs[row] ?? Number.NaN;
  const rows = block.timesMs.map((_, row) => row).sort((a, b) => time(a) - time(b) || a - b);
  const kept = rows.filter((row, i) => i === 0 || time(row) !== time(rows[i - 1] ?? -1));
  return { block: selectRows(block, kept), duplicates: rows.length - kept.length, outOfOrder };
}

export interface WindowRules {
  /** Channels of a frame, in order. */
  readonly channels: readonly string[];
  /** Seconds of a full window, and the fewest that are classified. */
  readonly windowS: number;
  readonly minWindowS: number;
  /** Seconds between two readings over which a straight line may be drawn. */
  readonly maxGapS: number;
  /** Seconds of silence after which what came before is another exposure. */
  readonly maxBreakS: number;
}

/** Gaps and breaks where the caller has no reason for others: five lost readings at 1 Hz are noise, half a minute is not. */
export const defaultGaps = { maxGapS: 5, maxBreakS: 30 } as const;

export interface SensorWindow {
  readonly status: 'ready' | 'warming_up';
  /** frameCount × channels at 1 Hz, oldest first, NaN where nothing was measured nearby. */
  readonly frames: Float32Array;
  readonly frameCount: number;
  /** Seconds the frames span, at most `windowS`; a full window has `windowS`. */
  readonly coveredS: number;
  /** Time of the last frame in Unix milliseconds; undefined when there is no reading at all. */
  readonly endMs: number | undefined;
}

/**
 * The newest window of an ordered block, resampled to 1 Hz.
 *
 * The grid ends at the last reading. Several readings in one second are averaged; an empty second lies on the line between
 * its neighbours when they are at most `maxGapS` apart. The window begins at the device's first reading after the last
 * break: it is as long as it can honestly be, and depends on nothing before it.
 *
 * @param block ordered by time without duplicates (see `orderReadings`); faulty values are NaN
 */
export function newestWindow(block: ReadingBlock, rules: WindowRules): SensorWindow {
  const times = block.timesMs;
  const endMs = times.at(-1);
  if (endMs === undefined) {
    return { status: 'warming_up', frames: new Float32Array(0), frameCount: 0, coveredS: 0, endMs };
  }
  const earliest = endMs - (rules.windowS - 1) * 1000;
  let first = times.length - 1;
  while (first > 0) {
    const before = times[first - 1] ?? Number.NEGATIVE_INFINITY;
    if ((times[first] ?? endMs) - before > rules.maxBreakS * 1000 || before < earliest - 500) break;
    first--;
  }
  const span = Math.round((endMs - (times[first] ?? endMs)) / 1000) + 1;
  const frameCount = Math.min(rules.windowS, span);
  const frames = new Float32Array(frameCount * rules.channels.length);
  rules.channels.forEach((name, c) => {
    const column = resample(block, block.channels.indexOf(name), first, endMs, frameCount, rules.maxGapS);
    column.forEach((value, t) => {
      frames[t * rules.channels.length + c] = value;
    });
  });
  const status = frameCount >= rules.minWindowS ? 'ready' : 'warming_up';
  return { status, frames, frameCount, coveredS: frameCount, endMs };
}

/** One channel on a 1 Hz grid of `frameCount` seconds that ends at `endMs`. */
function resample(
  block: ReadingBlock,
  column: number,
  first: number,
  endMs: number,
  frameCount: number,
  maxGapS: number,
): Float64Array {
  const sums = new Float64Array(frameCount);
  const counts = new Float64Array(frameCount);
  const startMs = endMs - (frameCount - 1) * 1000;
  for (let row = first; row < block.timesMs.length; row++) {
    const value = valueAt(block, row, column);
    const second = Math.round(((block.timesMs[row] ?? Number.NaN) - startMs) / 1000);
    if (Number.isNaN(value) || !(second >= 0 && second < frameCount)) continue;
    sums[second] = (sums[second] ?? 0) + value;
    counts[second] = (counts[second] ?? 0) + 1;
  }
  const grid = sums.map((sum, t) => sum / (counts[t] ?? 0)); // 0 / 0 is NaN: nothing measured
  let previous = -1;
  for (let t = 0; t < frameCount; t++) {
    const value = grid[t] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const from = grid[previous] ?? value;
    if (previous >= 0 && t - previous <= maxGapS) {
      for (let gap = previous + 1; gap < t; gap++) {
        grid[gap] = from + ((value - from) * (gap - previous)) / (t - previous);
      }
    }
    previous = t;
  }
  return grid;
}
