/**
 * Readings in columns, the form they have on the wire and in storage: row r, channel c is `values[r * C + c]`, NaN where
 * nothing was measured.
 */
export interface ReadingBlock {
  readonly channels: readonly string[];
  /** Unix time of each reading in milliseconds. */
  readonly timesMs: readonly number[];
  /** readings × channels, in the channels' own units. */
  readonly values: Float64Array;
}

/** One channel as the manifest of an e-nose model describes it (`channels` and `other_channels`). */
export interface ChannelSpec {
  readonly name: string;
  readonly unit: string;
  /** Smallest and largest value the sensor can report when it works. */
  readonly min: number;
  readonly max: number;
  /** The converter's end stop: this value and above mean saturation. */
  readonly saturated_at?: number | undefined;
  /** Seconds without any change after which the channel counts as stuck; absent where a constant is normal. */
  readonly stuck_after_s?: number | undefined;
}

/** The value of reading `row`, channel `column`; NaN outside the block. */
export function valueAt(block: ReadingBlock, row: number, column: number): number {
  if (column < 0 || column >= block.channels.length) return Number.NaN;
  return block.values[row * block.channels.length + column] ?? Number.NaN;
}

/** What was measured of a channel, in order. */
export function measuredValues(block: ReadingBlock, column: number): Float64Array {
  const measured = new Float64Array(block.timesMs.length);
  let count = 0;
  for (let row = 0; row < measured.length; row += 1) {
    const value = valueAt(block, row, column);
    if (!Number.isNaN(value)) measured[count++] = value;
  }
  return measured.subarray(0, count);
}

/** A block of the given rows, in the given order. */
export function selectRows(block: ReadingBlock, rows: readonly number[]): ReadingBlock {
  const C = block.channels.length;
  const values = new Float64Array(rows.length * C);
  rows.forEach((row, i) => {
    values.set(block.values.subarray(row * C, (row + 1) * C), i * C);
  });
  return { channels: block.channels, timesMs: rows.map((row) => block.timesMs[row] ?? Number.NaN), values };
}
