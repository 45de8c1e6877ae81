import { expect, test } from '@jest/globals';
import { prepareReadings } from './ingest.ts';
import type { ReadingBlock } from './readings.ts';
import { channelNames, readSensorType } from './sensor-type.ts';

const type = readSensorType(
  { name: 'nose', version: '1' },
  {
    sensor_type: 'two',
    window_s: 100,
    min_window_s: 30,
    max_missing_channels: 1,
    channels: [
      { name: 'NO2', unit: 'count', min: 0, max: 1022, saturated_at: 1023 },
      { name: 'CO', unit: 'count', min: 0, max: 1022 },
    ],
    other_channels: [{ name: 'Temperature', unit: 'celsius', min: -40, max: 85 }],
    sentinels: [65535],
    clean_air: { NO2: 30, CO: 700 },
  },
);
const device = { channels: channelNames(type) };
const now = Date.UTC(2026, 0, 10);
const times = { nowMs: now, maxAgeMs: 730 * 86_400_000 };

function sent(channels: string[], times: number[], values: number[]): ReadingBlock {
  return { channels, timesMs: times, values: Float64Array.from(values) };
}

test('readings take the order of the device and of time; a fault is stored as missing, an end stop as it is', () => {
  const block = sent(['CO', 'NO2'], [now, now - 1000, now], [700, 1023, 65535, 5, 1, 1]);
  const prepared = prepareReadings(block, device, type, times);
  expect(prepared).toMatchObject({
    kind: 'accepted',
    duplicates: 1,
    outOfOrder: 1,
    block: {
      channels: ['NO2', 'CO', 'Temperature'],
      timesMs: [now - 1000, now],
      values: Float64Array.from([5, Number.NaN, Number.NaN, 1023, 700, Number.NaN]),
    },
    findings: [
      { channel: 'CO', kind: 'sentinel' },
      { channel: 'NO2', kind: 'saturated' },
    ],
  });
});

test('a refusal points at the reading as it was sent, not as it was put in order', () => {
  const block = sent(['NO2', 'CO'], [now, now - 1000], [1, 2, 3, Number.NEGATIVE_INFINITY]);
  expect(prepareReadings(block, device, type, times)).toMatchObject({
    kind: 'refused',
    error: { code: 'invalid_input', errors: [{ pointer: '/readings/1/channels/CO' }] },
    findings: [{ kind: 'not_finite', count: 1 }],
  });
});

test.each([
  ['a day and a second ahead', now + 86_401_000, 'in_future'],
  ['a day ahead', now + 86_400_000, undefined],
  ['a year back', now - 365 * 86_400_000, undefined],
  ['past the retention', now - 731 * 86_400_000, 'too_old'],
  ['from a clock that was never set', 1000, 'clock_not_set'],
  ['from 2100', Date.UTC(2100, 0, 1), 'in_future'],
])('a time %s is judged by itself', (_, time, kind) => {
  const prepare = (timesMs: number[]) =>
    prepareReadings(
      sent(
        ['NO2'],
        timesMs,
        timesMs.map(() => 1),
      ),
      device,
      type,
      times,
    );
  expect(prepare([now, time])).toMatchObject({
    kind: 'accepted',
    refused: kind ? [{ index: 1, kind }] : [],
    block: { timesMs: { length: kind ? 1 : 2 } },
  });
  expect(prepare([time])).toMatchObject(
    kind
      ? {
          kind: 'refused',
          error: { errors: [{ pointer: '/readings/0/t' }] },
          findings: [{ kind, channel: '' }],
        }
      : { kind: 'accepted' },
  );
});

test('half a millisecond is no time', () => {
  expect(() => prepareReadings(sent(['NO2'], [now, now - 0.5], [1, 2]), device, type, times)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/readings/1/t' })] }),
  );
});
