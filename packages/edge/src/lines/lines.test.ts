import { expect, test } from '@jest/globals';
import type { LineOutcome } from '../reading.ts';
import { LineReader, type LineReaderOptions } from './line-reader.ts';
import { LineSplitter } from './line-splitter.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');

/** What a reader makes of bytes that come in these pieces. */
function read(
  pieces: readonly (string | Uint8Array)[],
  options: Partial<LineReaderOptions> & { startsAnywhere?: boolean } = {},
) {
  const counted: Partial<Record<LineOutcome, number>> = {};
  const count = (outcome: LineOutcome) => {
    counted[outcome] = (counted[outcome] ?? 0) + 1;
  };
  const splitter = new LineSplitter({
    maxBytes: 65_536,
    count,
    startsAnywhere: options.startsAnywhere ?? false,
  });
  const reader = new LineReader({ format: 'auto', count, now: () => nowMs, ...options });
  const lines = pieces.flatMap((piece) => splitter.push(Buffer.from(piece)));
  const readings = [...lines, ...splitter.finish()].flatMap((line) => reader.read(line) ?? []);
  return { counted, readings, channels: readings.map(({ channels }) => channels) };
}

test('a CSV is read by its header, however it comes in pieces', () => {
  const text = 'NO2,CO\r\n216,3.5\r\n217,\r\n218,nan\r\n';
  const expected = [
    { NO2: 216, CO: 3.5 },
    { NO2: 217, CO: null },
    { NO2: 218, CO: null },
  ];
  expect(read([text]).channels).toEqual(expected);
  expect(read([...text]).channels).toEqual(expected);
  expect(read([text]).counted).toEqual({ header: 1, read: 3 });
});

test.each([
  ['semicolons and decimal commas', 'NO2;CO\n1,5;-2\n', { NO2: 1.5, CO: -2 }],
  ['tabs', 'NO2\tCO\n1\t2e3\n', { NO2: 1, CO: 2000 }],
  ['spaces', 'NO2 CO\n1   2\n', { NO2: 1, CO: 2 }],
  ['CR alone', 'NO2,CO\r1,2\r', { NO2: 1, CO: 2 }],
  ['a byte order mark', '\uFEFFNO2,CO\n1,2\n', { NO2: 1, CO: 2 }],
])('%s', (_, text, channels) => {
  expect(read([text]).channels).toEqual([channels]);
});

test('columns told beforehand need no header, and pass over what they are told to', () => {
  const columns = ['NO2', '-', 'CO'];
  expect(read(['a,b,c\n1,2,3\n'], { columns }).channels).toEqual([{ NO2: 1, CO: 3 }]);
  // A board that was switched off and on sends its header again.
  expect(read(['NO2,CO\n1,2\nCO,NO2\n3,4\n']).channels).toEqual([
    { NO2: 1, CO: 2 },
    { CO: 3, NO2: 4 },
  ]);
});

test('what a board says beside its header does not rename its columns', () => {
  const text = 'Booting\nNO2,CO,VOC\n1,2,3\nWiFi connected\n4,5,6\n';
  expect(read([text]).channels).toEqual([
    { NO2: 1, CO: 2, VOC: 3 },
    { NO2: 4, CO: 5, VOC: 6 },
  ]);
});

test('times are read in text, seconds and milliseconds; those that cannot be are stamped anew', () => {
  const times = (text: string) => {
    const { readings, counted } = read([`t,NO2\n${text},1\n`]);
    return [readings[0]?.timeMs, counted.bad_time ?? 0];
  };
  expect(times('2026-11-21T10:00:00.250Z')).toEqual([nowMs + 250, 0]);
  expect(times('2026-11-21T11:00:00+01:00')).toEqual([nowMs, 0]);
  expect(times('1795255200')).toEqual([1_795_255_200_000, 0]);
  expect(times(String(nowMs))).toEqual([nowMs, 0]);
  for (const wrong of ['1970-01-01T00:00:07Z', '7', '2100-01-01T00:00:00Z', '2026-11-21T10:00:00', 'soon']) {
    expect(times(wrong)).toEqual([undefined, 1]);
  }
});

test('JSON is read nested and flat, with a time or without', () => {
  const text = [
    '{"t":"2026-11-21T10:00:00Z","channels":{"NO2":1,"CO":null}}',
    '{"NO2":2,"t":1795255200}',
    '{"NO2":3}',
  ].join('\n');
  expect(read([text]).readings).toEqual([
    { timeMs: nowMs, channels: { NO2: 1, CO: null } },
    { timeMs: 1_795_255_200_000, channels: { NO2: 2 } },
    { timeMs: undefined, channels: { NO2: 3 } },
  ]);
});

test('garbage between lines is counted and passed over; the next line is read', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 89) % 256);
  const { channels, counted } = read([
    'NO2,CO\n1,2\n',
    bytes,
    '\n3,4\n5;6x\n{"NO2":"7"}\n[1,2]\n{"NO2":1e999}\n{}\n5\n5,6,7\n5,six\n8,9\n',
  ]);
  expect(channels).toEqual([
    { NO2: 1, CO: 2 },
    { NO2: 3, CO: 4 },
    { NO2: 8, CO: 9 },
  ]);
  expect(counted.garbled).toBeGreaterThanOrEqual(5);
  expect(counted.columns).toBeGreaterThanOrEqual(2);
});

test('the first line of a port may have lost its beginning, and is not read as if it were whole', () => {
  const options = { columns: ['NO2', 'CO'], startsAnywhere: true };
  // 216,3 without its first two digits.
  expect(read(['6,3\n217,4\n'], options)).toMatchObject({
    channels: [{ NO2: 217, CO: 4 }],
    counted: { half: 1 },
  });
  expect(read(['":1}\n{"NO2":2}\n'], options)).toMatchObject({
    channels: [{ NO2: 2 }],
    counted: { half: 1 },
  });
  // Whole JSON shows that it is.
  expect(read(['{"NO2":1}\n'], options).channels).toEqual([{ NO2: 1 }]);
});

test('a line without an end, and a million columns, cost no memory and do not stop what follows', () => {
  const before = process.memoryUsage().arrayBuffers;
  const piece = '1,'.repeat(50_000);
  const pieces = ['NO2,CO\n1,2\n', ...Array.from({ length: 20 }, () => piece), '\n3,4\n'];
  const { channels, counted } = read(pieces);
  expect(channels).toEqual([
    { NO2: 1, CO: 2 },
    { NO2: 3, CO: 4 },
  ]);
  expect(counted).toEqual({ header: 1, read: 2, overlong: 1 });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  expect(read([`${'1,'.repeat(3000)}\n`]).counted).toEqual({ columns: 1 });
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`c${index}`, 1])),
  );
  expect(read([`${many}\n`]).counted).toEqual({ columns: 1 });
});

test('where a line ended is told, so that a file can be gone on with', () => {
  const splitter = new LineSplitter({ maxBytes: 100, count: () => {}, offset: 10 });
  expect(splitter.push(Buffer.from('ab\ncd')).map(({ endOffset }) => endOffset)).toEqual([13]);
  expect(splitter.push(Buffer.from('e\n')).map(({ text, endOffset }) => [text, endOffset])).toEqual([
    ['cde', 17],
  ]);
});
