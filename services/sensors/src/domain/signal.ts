import type { QualityFinding } from './quality.ts';
import { type ChannelSpec, measuredValues, type ReadingBlock } from './readings.ts';

/** Fewest readings that noise or a rate is told from. */
const minReadings = 30;

/**
 * Half of the readings jump by more than half of the channel's level, and by more than a fiftieth of what it can report:
 * an input that hangs loose. Measured as the median of |second differences|, which a slope does not move and a step moves
 * once. Of SmellNet's windows none comes near: the largest is a third of its level.
 */
const noisyShare = { ofLevel: 0.5, ofRange: 0.02 } as const;

/** Channels whose readings jump about. `block` in order of time, faulty values NaN. */
export function findNoise(block: ReadingBlock, specs: readonly ChannelSpec[]): readonly QualityFinding[] {
  return specs.flatMap((spec): QualityFinding[] => {
    const values = measuredValues(block, block.channels.indexOf(spec.name));
    if (values.length < minReadings) return [];
    const jumps = new Float64Array(values.length - 2);
    for (let at = 0; at < jumps.length; at += 1) {
      jumps[at] = Math.abs((values[at] ?? 0) - 2 * (values[at + 1] ?? 0) + (values[at + 2] ?? 0));
    }
    const ofRange = noisyShare.ofRange * (spec.max - spec.min);
    // Of nearly all channels, and their medians need not be known.
    if (jumps.every((jump) => jump <= ofRange)) return [];
    const jump = median(jumps);
    const allowed = Math.max(noisyShare.ofLevel * Math.abs(median(values)), ofRange);
    if (jump <= allowed) return [];
    const detail = `half of the readings jump by ${round(jump)} ${spec.unit} or more; a working sensor stays within ${round(allowed)}`;
    return [
      {
        channel: spec.name,
        kind: 'noisy',
        severity: 'warning',
        count: values.length,
        firstRow: 0,
        detail,
      },
    ];
  });
}

/** The sampling rate of times in order: readings a second by the median interval; undefined: too few. */
export function sampleHz(timesMs: readonly number[]): number | undefined {
  if (timesMs.length < 3) return undefined;
  const interval = median(intervals(timesMs));
  return interval > 0 ? 1000 / interval : undefined;
}

/**
 * Whether the device began to measure at another rate: the median interval of the later half of the readings is not
 * within half to one and a half of the earlier half's. A pause alone is no other rate.
 */
export function findRateChange(timesMs: readonly number[]): readonly QualityFinding[] {
  if (timesMs.length < 2 * minReadings) return [];
  const all = intervals(timesMs);
  const middle = Math.floor(all.length / 2);
  const [before, after] = [median(all.slice(0, middle)), median(all.slice(middle))];
  const ratio = after / before;
  if (!(before > 0) || (ratio > 2 / 3 && ratio < 1.5)) return [];
  const detail = `a reading each ${round(before / 1000)} s became one each ${round(after / 1000)} s`;
  return [
    {
      channel: '',
      kind: 'rate_changed',
      severity: 'warning',
      count: timesMs.length - middle,
      firstRow: middle,
      detail,
    },
  ];
}

function intervals(timesMs: readonly number[]): Float64Array {
  const between = new Float64Array(timesMs.length - 1);
  for (let at = 0; at < between.length; at += 1) between[at] = (timesMs[at + 1] ?? 0) - (timesMs[at] ?? 0);
  return between;
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
