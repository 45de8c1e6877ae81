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

function sent(channels: string[], times: number[], values: number[]): ReadingBlock {
  return { channels, timesMs: times, values: Float64Array.from(values) };
}

test('readings take the order of the device and of time; a fault is stored as missing, an end stop as it is', () => {
  const block = sent(['CO', 'NO2'], [now, now - 1000, now], [700, 1023, 65535, 5, 1, 1]);
  const prepared = prepareReadings(block, device, type, now);
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
  expect(prepareReadings(block, device, type, now)).toMatchObject({
    kind: 'refused',
    error: { code: 'invalid_input', errors: [{ pointer: '/readings/1/channels/CO' }] },
    findings: [{ kind: 'not_finite', count: 1 }],
  });
});

test.each([
  ['a day and a second ahead', now + 86_401_000, false],
  ['a day ahead', now + 86_400_000, true],
  ['years back', Date.UTC(2000, 0, 1), true],
  ['from a clock that was never set', 1000, false],
  ['half a millisecond', now - 0.5, false],
])('a time %s', (_, time, isTaken) => {
  const prepare = () => prepareReadings(sent(['NO2'], [now, time], [1, 2]), device, type, now);
  if (isTaken) expect(prepare().kind).toBe('accepted');
  else
    expect(prepare).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/readings/1/t' })] }),
    );
});
