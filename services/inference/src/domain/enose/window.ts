import { invalidField } from '@sillage/kit/errors';

/** Longest window, frames at one a second: a day would be another question. */
export const maxFrames = 3600;

export interface WindowShape {
  /** Columns the model takes, in its order, with the values that count as measured. */
  readonly channels: readonly { readonly name: string; readonly min: number; readonly max: number }[];
  /** Further channels a device may send; the model leaves them out. */
  readonly otherChannels: readonly string[];
  /** A channel measured in a smaller share of the frames than this, 0-1, is missing. */
  readonly minValidFraction: number;
}

export interface EnoseWindow {
  readonly frames: number;
  /** frames × channels of the model; NaN where nothing was measured. */
  readonly values: Float32Array;
  readonly missingChannels: number;
}

/** Little-endian float32 as they were sent. @throws AppError when they are no whole number of frames. */
export function readFrames(bytes: Uint8Array, channels: number): Float32Array {
  if (channels === 0) throw invalidField('/channels', 'name the channel of each column');
  if (bytes.byteLength === 0 || bytes.byteLength % (channels * 4) !== 0) {
    throw invalidField(
      '/frames',
      `${bytes.byteLength} bytes are no frames of ${channels} channels with 4 bytes each`,
    );
  }
  if (bytes.byteLength / (channels * 4) > maxFrames) {
    throw invalidField('/frames', `a window has at most ${maxFrames} frames`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.byteLength / 4);
  for (let at = 0; at < values.length; at++) values[at] = view.getFloat32(at * 4, true);
  return values;
}

/** Puts the columns sent into the order of the model. A channel that was not sent is NaN throughout. */
export function arrangeWindow(
  values: Float32Array,
  sent: readonly string[],
  { channels, otherChannels, minValidFraction }: WindowShape,
): EnoseWindow {
  const known = new Set([...channels.map(({ name }) => name), ...otherChannels]);
  const seen = new Set<string>();
  for (const [index, name] of sent.entries()) {
    if (!known.has(name)) {
      throw invalidField(`/channels/${index}`, `no channel ${name}; there are ${[...known].join(', ')}`);
    }
    if (seen.has(name)) throw invalidField(`/channels/${index}`, `channel ${name} is named twice`);
    seen.add(name);
  }
  const frames = values.length / sent.length;
  const arranged = new Float32Array(frames * channels.length).fill(Number.NaN);
  let missingChannels = 0;
  for (const [column, { name, min, max }] of channels.entries()) {
    const from = sent.indexOf(name);
    let measured = 0;
    for (let frame = 0; frame < frames && from >= 0; frame++) {
      const value = values[frame * sent.length + from] ?? Number.NaN;
      arranged[frame * channels.length + column] = value;
      if (value >= min && value <= max) measured += 1;
    }
    if (measured < frames * minValidFraction) missingChannels += 1;
  }
  return { frames, values: arranged, missingChannels };
}
