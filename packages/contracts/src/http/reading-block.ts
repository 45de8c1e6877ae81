import type { ReadingBlock__Output } from '../generated/sillage/sensors/v1/ReadingBlock.ts';
import type { ReadingJson } from './sensors.ts';

/** Readings in columns, as ReadingBlock carries them. */
export interface PackedReadings {
  readonly channels: string[];
  readonly timeMs: number[];
  readonly values: Buffer;
}

/** Readings as columns: the channels in the order they first appear; what was not measured becomes NaN. */
export function packReadings(readings: readonly ReadingJson[]): PackedReadings {
  const column = new Map<string, number>();
  for (const { channels } of readings) {
    for (const name in channels) if (!column.has(name)) column.set(name, column.size);
  }
  const width = column.size;
  const cells = new Float64Array(readings.length * width).fill(Number.NaN);
  const timeMs: number[] = [];
  for (const [row, { t, channels }] of readings.entries()) {
    timeMs.push(Date.parse(t));
    for (const name in channels) {
      cells[row * width + (column.get(name) ?? 0)] = channels[name] ?? Number.NaN;
    }
  }
  // Every platform Node runs on is little-endian, which is the order of the wire.
  return { channels: [...column.keys()], timeMs, values: Buffer.from(cells.buffer) };
}

/** Readings from columns; a channel that was not measured is null. */
export function unpackReadings(block: ReadingBlock__Output | null): ReadingJson[] {
  if (!block) return [];
  const { channels, timeMs, values } = block;
  return timeMs.map((time, row) => {
    const entries = channels.map((name, column) => {
      const value = values.readDoubleLE((row * channels.length + column) * 8);
      return [name, Number.isNaN(value) ? null : value] as const;
    });
    return { t: new Date(time).toISOString(), channels: Object.fromEntries(entries) };
  });
}
