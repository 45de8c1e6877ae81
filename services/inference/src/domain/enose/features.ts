/**
 * Features of one e-nose window, number for number what the classifier was trained on
 * (training/sillage_training/enose/features.py says what each group means and why). The golden file of the model holds
 * both implementations to it.
 */

/** What the manifest of an e-nose model says about its input. Field names are those of manifest.yaml. */
export interface EnoseFeatureParameters {
  /** Channels in the order of a frame; a value outside [min, max] counts as missing. */
  readonly channels: readonly { readonly name: string; readonly min: number; readonly max: number }[];
  /** Fewest frames (seconds) features can be made from. */
  readonly min_frames: number;
  /** A channel with a smaller share of valid samples than this, 0-1, is missing as a whole. */
  readonly min_valid_fraction: number;
}

const LAG_S = 5;

/**
 * @param frames `T` × C values at 1 Hz, row by row, in the channels' own units; NaN where nothing was measured
 * @param T number of frames, at least `parameters.min_frames`
 * @returns one value per feature, 11 for each channel and one for each pair of them; NaN where a feature needs a channel
 * that is missing: the model knows what to make of it
 * @throws RangeError when the sizes do not fit each other: a caller's fault, never a device's
 */
export function enoseFeatures(
  frames: Float32Array,
  T: number,
  parameters: EnoseFeatureParameters,
): Float32Array {
  const { channels } = parameters;
  const C = channels.length;
  if (!Number.isInteger(T) || T < parameters.min_frames || T <= LAG_S) {
    throw new RangeError(`a window needs at least ${parameters.min_frames} frames, not ${T}`);
  }
  if (frames.length !== T * C) {
    throw new RangeError(`${T} frames of ${C} channels are ${T * C} values, not ${frames.length}`);
  }
  const columns = channels.map((channel, c) => {
    const valid = (value: number): boolean => value >= channel.min && value <= channel.max;
    const column = new Float64Array(T);
    for (let t = 0; t < T; t++) column[t] = frames[t * C + c] ?? Number.NaN;
    return fillGaps(column, valid, parameters.min_valid_fraction)
      ? describe(column.map(Math.log1p))
      : missing;
  });

  const raw: number[] = [];
  const append = (pick: (column: Description) => number): void => {
    for (const column of columns) raw.push(pick(column));
  };
  append((c) => c.mean);
  append((c) => c.min);
  append((c) => c.max);
  append((c) => c.last);
  columns.forEach((a, i) => {
    for (const b of columns.slice(i + 1)) raw.push(a.mean - b.mean);
  });
  append((c) => c.last - c.first);
  append((c) => c.d1Std);
  append((c) => c.d1Abs);
  append((c) => c.std);
  append((c) => c.d5Std);
  append((c) => c.d5Max);
  append((c) => c.d5Min);
  return Float32Array.from(raw);
}

/** Statistics of one channel's ln(1 + value) over the window. */
interface Description {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Means of the first and of the last fifth. */
  readonly first: number;
  readonly last: number;
  readonly std: number;
  readonly d1Std: number;
  readonly d1Abs: number;
  readonly d5Std: number;
  readonly d5Max: number;
  readonly d5Min: number;
}

const nan = Number.NaN;
const missing: Description = {
  mean: nan,
  min: nan,
  max: nan,
  first: nan,
  last: nan,
  std: nan,
  d1Std: nan,
  d1Abs: nan,
  d5Std: nan,
  d5Max: nan,
  d5Min: nan,
};

function describe(logs: Float64Array): Description {
  const fifth = Math.floor(logs.length / 5);
  const d1 = differences(logs, 1);
  const d5 = differences(logs, LAG_S);
  return {
    mean: mean(logs),
    min: logs.reduce((a, b) => Math.min(a, b)),
    max: logs.reduce((a, b) => Math.max(a, b)),
    first: mean(logs.subarray(0, fifth)),
    last: mean(logs.subarray(logs.length - fifth)),
    std: standardDeviation(logs),
    d1Std: standardDeviation(d1),
    d1Abs: mean(d1.map(Math.abs)),
    d5Std: standardDeviation(d5),
    d5Max: d5.reduce((a, b) => Math.max(a, b)),
    d5Min: d5.reduce((a, b) => Math.min(a, b)),
  };
}

/** Interpolates over invalid samples in place, holding the edges; false when too few samples are valid. */
function fillGaps(column: Float64Array, valid: (value: number) => boolean, minFraction: number): boolean {
  let count = 0;
  for (const value of column) if (valid(value)) count++;
  if (count < Math.max(1, minFraction * column.length)) return false;
  let previous = -1;
  for (let t = 0; t < column.length; t++) {
    const value = column[t] ?? nan;
    if (!valid(value)) continue;
    const from = previous < 0 ? value : (column[previous] ?? value);
    const slope = previous < 0 ? 0 : (value - from) / (t - previous);
    for (let gap = previous + 1; gap < t; gap++) column[gap] = from + slope * (gap - previous);
    previous = t;
  }
  column.fill(column[previous] ?? nan, previous + 1);
  return true;
}

function differences(values: Float64Array, lag: number): Float64Array {
  // A loop, as `from` asks for each value by its name: ten times as long, and this is done for each reading there is.
  const between = new Float64Array(values.length - lag);
  for (let t = 0; t < between.length; t++) between[t] = (values[t + lag] ?? nan) - (values[t] ?? nan);
  return between;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the population (divided by n), as numpy's default. */
function standardDeviation(values: Float64Array): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
}
