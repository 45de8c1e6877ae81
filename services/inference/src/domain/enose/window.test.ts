import { expect, test } from '@jest/globals';
import { arrangeWindow, readFrames } from './window.ts';

const shape = {
  channels: [
    { name: 'NO2', min: 0, max: 1000 },
    { name: 'CO', min: 0, max: 1000 },
  ],
  otherChannels: ['Humidity'],
  minValidFraction: 0.5,
};

test('columns are put into the order of the model, others left out', () => {
  const window = arrangeWindow(Float32Array.of(50, 7, 1, 51, 8, 2), ['Humidity', 'CO', 'NO2'], shape);
  expect(window).toEqual({ frames: 2, values: Float32Array.of(1, 7, 2, 8), missingChannels: 0 });
});

test('a channel that was not sent, or hardly measured, is missing', () => {
  expect(arrangeWindow(Float32Array.of(1, 2), ['CO'], shape)).toEqual({
    frames: 2,
    values: Float32Array.of(Number.NaN, 1, Number.NaN, 2),
    missingChannels: 1,
  });
  const hardly = Float32Array.of(1, 9999, 1, Number.NaN, 1, 5);
  expect(arrangeWindow(hardly, ['NO2', 'CO'], shape).missingChannels).toBe(1);
});

test.each([
  [['NO2', 'Benzin'], '/channels/1', 'no channel Benzin; there are NO2, CO, Humidity'],
  [['NO2', 'NO2'], '/channels/1', 'channel NO2 is named twice'],
])('wrong channels %j', (channels, pointer, detail) => {
  expect(() => arrangeWindow(Float32Array.of(1, 2), channels, shape)).toThrow(
    expect.objectContaining({ code: 'invalid_input', errors: [{ pointer, detail }] }),
  );
});

test('frames are little-endian float32, whole frames only', () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer, 1).setFloat32(0, 1.5, true);
  expect(readFrames(bytes.subarray(1), 2)).toEqual(Float32Array.of(1.5, 0));
  expect(() => readFrames(bytes, 2)).toThrow('no frames of 2 channels');
  expect(() => readFrames(new Uint8Array(), 2)).toThrow('no frames');
  expect(() => readFrames(bytes, 0)).toThrow('name the channel');
  expect(() => readFrames(new Uint8Array(4 * 3601), 1)).toThrow('at most 3600');
});
