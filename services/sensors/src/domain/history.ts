/** What a history can be told in: each reading, or means of minutes or of hours. */
export type Resolution = 'raw' | 'minute' | 'hour';

const minuteMs = 60_000;

/** The finest resolution at which a span has at most `points` points, for a device that measures once a second. */
export function resolutionFor(spanMs: number, points: number): Resolution {
  if (spanMs / 1000 <= points) return 'raw';
  return spanMs / minuteMs <= points ? 'minute' : 'hour';
}

/** Points of one answer. */
export const maxPoints = 5000;

/** Summary of the readings of one minute or hour, one value a channel; NaN: not measured. */
export interface Bucket {
  readonly timeMs: number;
  readonly readings: number;
  readonly means: readonly number[];
  readonly minima: readonly number[];
  readonly maxima: readonly number[];
}
