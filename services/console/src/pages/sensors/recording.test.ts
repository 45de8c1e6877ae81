import { expect, test } from '@jest/globals';
import { dueRows, type RecordingError, readingsOf, readRecording, startOf } from './recording.ts';

const channels = ['NO2', 'CO', 'VOC'];
const faultOf = (text: string) => {
  try {
    readRecording('x', text, channels);
  } catch (error) {
    const { fault, line } = error as RecordingError;
    return `${fault} ${line}`;
  }
  return undefined;
};

test('CSV: a row a second; what is no channel of the device is told and left out', () => {
  expect(
    readRecording('almond.csv', '\uFEFFNO2,label,CO\r\n63,almond,744\r\n64,almond,\r\n', channels),
  ).toEqual({
    title: 'almond.csv',
    channels: ['NO2', 'CO'],
    rows: [
      [63, 744],
      [64, null],
    ],
    offsetsMs: [0, 1000],
    ignored: ['label'],
  });
});

test('semicolons with decimal commas, tabs, and a column of times', () => {
  const { rows, offsetsMs } = readRecording('x', 'time;NO2;CO\n10;1,5;2\n12,5;1,75;3\n', channels);
  expect({ rows, offsetsMs }).toEqual({
    rows: [
      [1.5, 2],
      [1.75, 3],
    ],
    offsetsMs: [0, 2500],
  });
  const text = 'timestamp\tVOC\n2026-11-21T10:00:00Z\t5\n2026-11-21T10:00:04Z\t6\n';
  expect(readRecording('x', text, channels).offsetsMs).toEqual([0, 4000]);
});

test('NDJSON as the API takes readings; times that go back are no times', () => {
  const lines = [
    { t: '2026-11-21T10:00:00Z', channels: { NO2: 1 } },
    { t: '2026-11-21T10:00:02Z', channels: { NO2: null, CO: 3 } },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  expect(readRecording('x.ndjson', text, channels)).toMatchObject({
    channels: ['NO2', 'CO'],
    rows: [
      [1, null],
      [null, 3],
    ],
    offsetsMs: [0, 2000],
  });
  const reversed = lines.toReversed().map((line) => JSON.stringify(line));
  expect(readRecording('x', reversed.join('\n'), channels).offsetsMs).toEqual([0, 1000]);
});

test('what cannot be a recording is refused with its line', () => {
  expect(faultOf('')).toBe('empty 0');
  expect(faultOf('NO2,CO\n')).toBe('empty 0');
  expect(faultOf('PK\0\0')).toBe('notText 0');
  expect(faultOf('a,b\n1,2\n')).toBe('noChannels 0');
  expect(faultOf('{"channels":{"NO2":1}}\n{"channels":{"NO2":"high"}}\n')).toBe('line 2');
  expect(faultOf('{"channels":{"NO2":1}}\n{"chan')).toBe('line 2');
});

test('a replay faster than the clock begins in the past and ends now', () => {
  const recording = readRecording('x', 'NO2\n1\n2\n3\n4\n5\n', channels);
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(startOf(recording, 1, now)).toBe(now);
  expect(startOf(recording, 4, now)).toBe(now - 3000);
  expect(dueRows(recording, { sent: 0, elapsedMs: 0, speed: 4 })).toBe(1);
  expect(dueRows(recording, { sent: 1, elapsedMs: 600, speed: 4 })).toBe(3);
  expect(dueRows(recording, { sent: 3, elapsedMs: 60_000, speed: 4 })).toBe(5);
  expect(readingsOf(recording, 1, 2, now)).toEqual([{ t: '2026-11-21T10:00:01.000Z', channels: { NO2: 2 } }]);
});
