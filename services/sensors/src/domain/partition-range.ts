/** A part of a table that is divided by time, Unix milliseconds: `fromMs` included, `toMs` not. */
export interface PartitionRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The beginnings of the ranges of `widthMs` that times need and none of `known` has, in order. */
export function missingRanges(
  timesMs: Iterable<number>,
  widthMs: number,
  known: readonly PartitionRange[],
): number[] {
  const needed = new Set<number>();
  for (const time of timesMs) needed.add(Math.floor(time / widthMs) * widthMs);
  return [...needed]
    .filter((from) => !known.some(({ fromMs, toMs }) => fromMs <= from && from < toMs))
    .sort((a, b) => a - b);
}

/**
 * Reads a bound as Postgres writes it: `FOR VALUES FROM ('0') TO ('604800000')`, either end perhaps MINVALUE or
 * MAXVALUE. Undefined for what is none, such as DEFAULT.
 */
export function readRange(bound: string): PartitionRange | undefined {
  const ends = /^FOR VALUES FROM \('?([-\w]+)'?\) TO \('?([-\w]+)'?\)$/.exec(bound);
  const [fromMs, toMs] = [numberOf(ends?.[1]), numberOf(ends?.[2])];
  return fromMs === undefined || toMs === undefined ? undefined : { fromMs, toMs };
}

function numberOf(text: string | undefined): number | undefined {
  if (text === 'MINVALUE') return Number.NEGATIVE_INFINITY;
  if (text === 'MAXVALUE') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
