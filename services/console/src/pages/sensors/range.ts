/** What history is looked at: Unix milliseconds. */
export interface HistoryRange {
  readonly from: number;
  readonly to: number;
}

/** The shortest is what single readings of a second each can be shown of. */
export const spans = ['minutes', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Span = (typeof spans)[number];
export const resolutions = ['auto', 'raw', 'minute', 'hour'] as const;
export type Resolution = (typeof resolutions)[number];

const hourMs = 3_600_000;
const spanMs: Readonly<Record<Span, number>> = {
  minutes: hourMs / 6,
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
  month: 30 * 24 * hourMs,
  year: 365 * 24 * hourMs,
};

/** The range of a span that ends at `end`, a time as the address has it, or else with the newest reading. */
export function rangeOf(span: Span, end: string | undefined, newestMs: number): HistoryRange {
  const given = end === undefined ? Number.NaN : Date.parse(end);
  const to = Number.isNaN(given) ? newestMs : Math.min(given, newestMs);
  return { from: to - spanMs[span], to };
}

/**
 * The end of the range half a span further on (`by` 1) or back (-1), for the address; an empty text where it would reach
 * the newest reading: from then on it goes along with that.
 */
export function panned({ from, to }: HistoryRange, by: 1 | -1, newestMs: number): string {
  const next = to + (by * (to - from)) / 2;
  return next >= newestMs ? '' : new Date(next).toISOString();
}

/** Lowest, mean and highest of a channel over a range; undefined: it was not measured. */
export interface Extent {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** Of points that sum up `readings` each. */
export function extentOf(
  { mean, min, max }: Readonly<Record<'mean' | 'min' | 'max', readonly (number | null)[]>>,
  readings: readonly number[],
): Extent | undefined {
  let [lowest, highest, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const [at, value] of mean.entries()) {
    if (value === null) continue;
    const weight = readings[at] ?? 1;
    lowest = Math.min(lowest, min[at] ?? value);
    highest = Math.max(highest, max[at] ?? value);
    sum += value * weight;
    count += weight;
  }
  return count === 0 ? undefined : { min: lowest, mean: sum / count, max: highest };
}
