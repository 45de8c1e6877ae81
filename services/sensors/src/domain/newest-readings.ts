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
  return { version, block: trim(known.block, limits, later) };
}

const none: Pick<ReadingBlock, 'timesMs' | 'values'> = { timesMs: [], values: new Float64Array(0) };

/** The newest of readings in order, with `later` ones behind them. */
export function trim(block: ReadingBlock, { spanMs, limit }: NewestLimits, later = none): ReadingBlock {
  const { channels } = block;
  const timesMs = later.timesMs.length === 0 ? block.timesMs : block.timesMs.concat(later.timesMs);
  const earliest = (timesMs.at(-1) ?? 0) - spanMs;
  let first = Math.max(0, timesMs.length - limit);
  while (first < timesMs.length && (timesMs[first] ?? 0) < earliest) first++;
  if (first === 0 && later.timesMs.length === 0) return block;
  const from = first * channels.length;
  const kept = block.values.subarray(from);
  const added = later.values.subarray(Math.max(0, from - block.values.length));
  const values = new Float64Array(kept.length + added.length);
  values.set(kept);
  values.set(added, kept.length);
  return { channels, timesMs: first === 0 ? timesMs : timesMs.slice(first), values };
}
