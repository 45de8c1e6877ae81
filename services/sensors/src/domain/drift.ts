import type { Calibration } from './calibration.ts';

/** A channel whose window lies below the device's own clean air, in the channel's unit. */
export interface FallenChannel {
  readonly channel: string;
  readonly baseline: number;
  /** Median of the window. */
  readonly level: number;
}

export type Drift =
  | { readonly kind: 'uncalibrated' }
  | { readonly kind: 'steady' | 'below_baseline'; readonly channels: readonly FallenChannel[] };

/**
 * The calibration with the baseline of the channels that have fallen where they are now: they read as clean air, the
 * least that they can be showing, instead of below it. Nothing above a baseline is corrected: it may be a smell.
 */
export function followDrift(calibration: Calibration, drift: Drift): Calibration {
  if (calibration.kind === 'uncalibrated' || drift.kind !== 'below_baseline') return calibration;
  const fallen = drift.channels.map(({ channel, level }) => [channel, level] as const);
  return { ...calibration, baseline: new Map([...calibration.baseline, ...fallen]) };
}

/** As much as clean air itself may spread when a baseline is taken from it (calibration.ts). */
const allowedShare = 0.25;
const allowedCounts = 6;

/**
 * Whether a window speaks against the calibration. The gas channels that have a baseline rise with what there is to
 * smell, so a channel well below its level in clean air cannot be a smell: its baseline has moved. Above the baseline
 * drift and smell look alike and nothing is said.
 *
 * @param frames frames × channels as they were measured, not corrected; NaN: not measured
 */
export function judgeDrift(
  frames: Float32Array,
  channels: readonly { readonly name: string }[],
  calibration: Calibration,
): Drift {
  if (calibration.kind === 'uncalibrated') return { kind: 'uncalibrated' };
  const fallen: FallenChannel[] = [];
  for (const [column, { name }] of channels.entries()) {
    const baseline = calibration.baseline.get(name);
    const level = baseline === undefined ? undefined : levelOf(frames, column, channels.length);
    if (baseline === undefined || level === undefined) continue;
    if (level < baseline - Math.max(allowedShare * baseline, allowedCounts)) {
      fallen.push({ channel: name, baseline, level });
    }
  }
  return { kind: fallen.length > 0 ? 'below_baseline' : 'steady', channels: fallen };
}

/** The upper median of a channel; undefined where nothing was measured. */
function levelOf(frames: Float32Array, column: number, width: number): number | undefined {
  const values = new Float32Array(Math.ceil(frames.length / width));
  let count = 0;
  for (let at = column; at < frames.length; at += width) {
    const value = frames[at] ?? Number.NaN;
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return values.subarray(0, count).sort()[Math.floor(count / 2)];
}
