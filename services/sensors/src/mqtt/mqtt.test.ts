import { expect, test } from '@jest/globals';
import { readMessage } from './message.ts';
import { deviceOfTopic, stateTopic, subscription } from './topics.ts';

const t = '2026-11-21T10:00:00Z';
const read = (value: unknown) => readMessage(Buffer.from(JSON.stringify(value)));

test('the topic says whose readings they are; the group is the broker’s to deal out to', () => {
  expect(deviceOfTopic('sillage/v1/tenant-1/device-1/readings')).toEqual({
    tenantId: 'tenant-1',
    deviceId: 'device-1',
  });
  for (const other of [
    'sillage/v1/a/readings',
    'sillage/v1/a/b/state',
    'sillage/v2/a/b/readings',
    'x/sillage/v1/a/b/readings',
  ]) {
    expect(deviceOfTopic(other)).toBeUndefined();
  }
  expect(subscription(undefined)).toBe('sillage/v1/+/+/readings');
  expect(subscription('pods')).toBe('$share/pods/sillage/v1/+/+/readings');
  expect(stateTopic({ tenantId: 'a', deviceId: 'b' })).toBe('sillage/v1/a/b/state');
});

test('readings come in a list, numbered or not, or one alone', () => {
  const reading = { t, channels: { NO2: 1, CO: null } };
  expect(read(reading)).toMatchObject({
    block: { channels: ['NO2', 'CO'], timeMs: [Date.parse(t)] },
    position: undefined,
  });
  expect(read({ readings: [reading], session: 'lab-1', seq: 7 }).position).toEqual({
    session: 'lab-1',
    sequence: 7,
  });
});

test.each([
  ['no JSON', Buffer.from('NO2=1'), 'not JSON'],
  ['bytes that are no text', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'not JSON in UTF-8'],
  ['no reading', { readings: [] }, '/readings'],
  ['a number without its session', { readings: [{ t, channels: { NO2: 1 } }], seq: 1 }, 'session and seq'],
  ['a channel that is text', { t, channels: { NO2: 'high' } }, '/readings/0/channels/NO2'],
  ['a time without a zone', { t: '2026-11-21 10:00', channels: { NO2: 1 } }, '/readings/0/t'],
  ['no channel', { t, channels: {} }, 'no reading has a channel'],
  [
    'too many channels',
    { t, channels: Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`c${n}`, 1])) },
    '128 channels',
  ],
  ['a list', [{ t }], 'the message'],
])('%s is refused with the place', (_, value, message) => {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  expect(() => readMessage(bytes)).toThrow(message);
});

test('more than a megabyte is too large', () => {
  expect(() => readMessage(Buffer.alloc(1_048_577, 0x20))).toThrow('1048576 bytes');
});
