import { maxReadings } from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';
import { type ReadingBlock, valueAt } from './readings.ts';

const bytesPerValue = 8;

/** ReadingBlock of sillage.sensors.v1 as it arrives. */
export interface WireBlock {
  readonly channels: readonly string[];
  readonly timeMs: readonly number[];
  readonly values: Buffer;
}

/** Throws too_large over 10,000 readings, invalid_input when the parts do not fit each other. */
export function decodeBlock(wire: WireBlock | null): ReadingBlock {
  const rows = wire?.timeMs.length ?? 0;
  if (!wire || rows === 0) throw invalidField('/readings', 'at least one reading is needed');
  if (rows > maxReadings) {
    throw new AppError('too_large', `a call takes at most ${maxReadings} readings; this has ${rows}`, {
      errors: [{ pointer: '/readings', detail: `send at most ${maxReadings} at a time` }],
    });
  }
  if (wire.channels.length === 0) {
    throw invalidField('/readings/0/channels', 'at least one channel is needed');
  }
  const twice = wire.channels.find((name, index) => wire.channels.indexOf(name) !== index);
  if (twice !== undefined) throw invalidField('/readings', `channel ${twice} is named twice`);
  const cells = rows * wire.channels.length;
  if (wire.values.length !== cells * bytesPerValue) {
    throw invalidField(
      '/readings',
      `${rows} readings of ${wire.channels.length} channels are ${cells * bytesPerValue} bytes of float64, not ${wire.values.length}`,
    );
  }
  const view = new DataView(wire.values.buffer, wire.values.byteOffset, wire.values.byteLength);
  const values = new Float64Array(cells);
  for (let i = 0; i < cells; i++) values[i] = view.getFloat64(i * bytesPerValue, true);
  return { channels: wire.channels, timesMs: wire.timeMs, values };
}

export function encodeBlock(block: ReadingBlock): { channels: string[]; timeMs: number[]; values: Buffer } {
  const values = Buffer.alloc(block.values.length * bytesPerValue);
  block.values.forEach((value, i) => {
    values.writeDoubleLE(value, i * bytesPerValue);
  });
  return { channels: [...block.channels], timeMs: [...block.timesMs], values };
}

/** The same readings with exactly these channels in this order; a channel the block lacks is NaN throughout. */
export function arrangeChannels(block: ReadingBlock, channels: readonly string[]): ReadingBlock {
  const columns = channels.map((name) => block.channels.indexOf(name));
  const values = new Float64Array(block.timesMs.length * channels.length);
  let cell = 0;
  for (let row = 0; row < block.timesMs.length; row++) {
    for (const column of columns) values[cell++] = valueAt(block, row, column);
  }
  return { channels, timesMs: block.timesMs, values };
}
