import type { Environment } from './environment.ts';
import { type ReadingBlock, valueAt } from './readings.ts';

/**
 * Baseline calibration: a device is shown clean air, and what it reports there is laid over what the reference device of
 * the training data reports there, channel by channel.
 *
 * One point per channel fixes one number per channel, so the caller says which: an `offset` (the default of SmellNet's
 * manifest: converter counts with a bias) or a `gain` (sensors whose resistance differs by a factor). A second point, a
 * gas whose levels on the reference device are known, fixes both: offset and gain (span.ts).
 *
 * The reference is an estimate. SmellNet has no labelled clean air and many of its recordings begin already exposed; the
 * manifest's `clean_air` is the median of the recordings that begin lowest. An error in it shifts every calibrated device
 * by the same amount, so a device calibrated here is comparable to other calibrated devices better than to the reference.
 * A replayed SmellNet recording *is* the reference device: leave it uncalibrated, or calibrate it with the reference
 * baseline itself. Its own first seconds are no clean air, and taking them for it would subtract the smell.
 */
export type Calibration =
  | { readonly kind: 'uncalibrated' }
  | {
      readonly kind: 'calibrated';
      readonly mode: CalibrationMode;
      /** What the device reports in clean air, by channel, in the channel's unit. */
      readonly baseline: ReadonlyMap<string, number>;
      /** Of the channels that a second point was taken of: what a change counts for. Others have 1. */
      readonly gains?: ReadonlyMap<string, number> | undefined;
      /** What temperature and humidity add; the baseline is a level without it. */
      readonly environment?: Environment | undefined;
      readonly expiresAt?: Date | undefined;
    };

export type CalibrationMode = 'offset' | 'gain';

export interface CalibrationRules {
  /** Clean-air level of the reference device by channel; channels not named are left alone. */
  readonly reference: ReadonlyMap<string, number>;
  readonly mode: CalibrationMode;
  /** Fewest measured values per channel. */
  readonly minReadings: number;
  /** Largest spread (90th less 10th percentile) as a share of the median; a little is always allowed for counts. */
  readonly maxRelativeSpread: number;
}

/** Half a minute of readings that stay within a quarter: a device still warming up or exposed moves more. */
export const defaultStability = { minReadings: 30, maxRelativeSpread: 0.25 } as const;

const SPREAD_ALWAYS_ALLOWED = 6;

export type CalibrationProblem = {
  readonly channel: string;
  readonly kind: 'too_few_readings' | 'unstable' | 'no_signal' | 'implausible_gain';
  readonly detail: string;
};

export type CalibrationOutcome =
  | { readonly kind: 'calibrated'; readonly calibration: Calibration & { readonly kind: 'calibrated' } }
  | { readonly kind: 'failed'; readonly problems: readonly CalibrationProblem[] };

/** Derives a calibration from inspected clean-air readings (faulty values NaN); order does not matter. */
export function calibrate(cleanAir: ReadingBlock, rules: CalibrationRules): CalibrationOutcome {
  const baseline = new Map<string, number>();
  const problems: CalibrationProblem[] = [];
  for (const channel of rules.reference.keys()) {
    const column = cleanAir.channels.indexOf(channel);
    const values = cleanAir.timesMs
      .map((_, row) => valueAt(cleanAir, row, column))
      .filter((value) => Number.isFinite(value))
      .sort((a, b) => a - b);
    if (values.length < rules.minReadings) {
      const detail = `${values.length} measured values; a baseline needs ${rules.minReadings}`;
      problems.push({ channel, kind: 'too_few_readings', detail });
      continue;
    }
    const median = quantile(values, 0.5);
    const spread = quantile(values, 0.9) - quantile(values, 0.1);
    const allowed = Math.max(SPREAD_ALWAYS_ALLOWED, rules.maxRelativeSpread * Math.abs(median));
    if (spread > allowed) {
      const detail = `values spread over ${round(spread)} around ${round(median)}; at most ${round(allowed)} is steady`;
      problems.push({ channel, kind: 'unstable', detail });
    } else if (rules.mode === 'gain' && median <= 0) {
      problems.push({ channel, kind: 'no_signal', detail: 'a gain cannot be taken from a level of zero' });
    } else {
      baseline.set(channel, median);
    }
  }
  if (problems.length > 0) return { kind: 'failed', problems };
  return { kind: 'calibrated', calibration: { kind: 'calibrated', mode: rules.mode, baseline } };
}

export interface FrameChannel {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/**
 * Corrects frames to what the reference device would have reported, as a new array. A corrected value is held within the
 * channel's range, so that a correction never turns a measurement into a missing one; NaN stays NaN.
 *
 * @param frames frames × channels, row by row
 * @param reference clean-air level of the reference device by channel
 */
export function applyCalibration(
  frames: Float32Array,
  channels: readonly FrameChannel[],
  calibration: Calibration,
  reference: ReadonlyMap<string, number>,
): Float32Array {
  if (calibration.kind === 'uncalibrated') return frames.slice();
  const corrections = channels.map((channel) => {
    const own = calibration.baseline.get(channel.name);
    const wanted = reference.get(channel.name);
    if (own === undefined || wanted === undefined) return (value: number): number => value;
    const gain = calibration.gains?.get(channel.name) ?? 1;
    const correct =
      calibration.mode === 'offset'
        ? (value: number): number => (value - own) * gain + wanted
        : (value: number): number => (value * wanted) / own;
    return (value: number): number => Math.min(channel.max, Math.max(channel.min, correct(value)));
  });
  return frames.map((value, i) => corrections[i % channels.length]?.(value) ?? value);
}

/** Whether a calibration holds: there is one, and it has not expired. */
export function holds(calibration: Calibration, now: Date): boolean {
  return (
    calibration.kind === 'calibrated' && (calibration.expiresAt === undefined || now < calibration.expiresAt)
  );
}

/** Linear between the neighbours in sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
