import type { ReadingBlock } from './readings.ts';

/** The newest readings of a device as a pod remembers them. */
export interface NewestReadings {
  /** Readings that the device had in all when these were the newest: what tells whether they still are. */
  readonly version: number;
  readonly block: ReadingBlock;
}

export interface NewestLimits {
  /** From the newest reading back. */
  readonly spanMs: number;
  readonly limit: number;
}

/**
 * Remembered readings with later ones behind them; undefined where that cannot be: one of them is not later, or `version`
 * counts others that are not among them.
 */
export function append(
  known: NewestReadings,
  later: ReadingBlock,
  version: number,
  limits: NewestLimits,
): NewestReadings | undefined {
  const [first, last] = [later.timesMs[0], known.block.timesMs.at(-1)];
  const isLater = first === undefined || last === undefined || first > last;
  if (!isLater || known.version + later.timesMs.length !== version) return undefined;
  const times = [...known.block.timesMs, ...later.timesMs];
  const values = new Float64Array(known.block.values.length + later.values.length);
  values.set(known.block.values);
  values.set(later.values, known.block.values.length);
  const block = { channels: known.block.channels, timesMs: times, values };
  return { version, block: trim(block, limits) };
}

/** The newest of readings in order. */
export function trim(block: ReadingBlock, { spanMs, limit }: NewestLimits): ReadingBlock {
  const { timesMs, values, channels } = block;
  const earliest = (timesMs.at(-1) ?? 0) - spanMs;
  let first = Math.max(0, timesMs.length - limit);
  while (first < timesMs.length && (timesMs[first] ?? 0) < earliest) first++;
  if (first === 0) return block;
  return { channels, timesMs: timesMs.slice(first), values: values.slice(first * channels.length) };
}
