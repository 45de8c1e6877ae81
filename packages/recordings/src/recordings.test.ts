import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseRecording, type Synthesis, synthesise, toReadings } from './index.ts';

const file = join(import.meta.dirname, '../../../models/enose-smellnet/2/synthesis.json');
const model = JSON.parse(readFileSync(file, 'utf8')) as Synthesis;

test('a recording is read row by row; a cell without a number was not measured', () => {
  const trace = parseRecording('NO2, CO\r\n63,744\n,oops\n', 'almond.csv');
  expect(trace).toEqual({
    title: 'almond.csv',
    channels: ['NO2', 'CO'],
    rows: [
      [63, 744],
      [null, null],
    ],
  });
  expect(() => parseRecording('NO2,CO\n', 'empty.csv')).toThrow('empty.csv has no readings');
});

test('the same seed synthesises the same counts, another seed others', () => {
  const request = { substance: 'garlic', from: 0, seconds: 60, seed: 7 };
  const trace = synthesise(model, request);
  expect(trace.rows).toHaveLength(60);
  expect(trace.rows.flat().every((count) => Number.isInteger(count) && Number(count) >= 0)).toBe(true);
  expect(synthesise(model, request)).toEqual(trace);
  expect(synthesise(model, { ...request, seed: 8 })).not.toEqual(trace);
});

test('a substance that is not there is refused with those that are', () => {
  const request = { substance: 'constructor', from: 0, seconds: 1, seed: 1 };
  expect(() => synthesise(model, request)).toThrow(/no substance constructor; there are allspice, almond/);
});

test('readings follow each second; a bias moves gas channels that were measured', () => {
  const trace = {
    title: 'x',
    channels: ['NO2', 'CO', 'Temperature'],
    rows: [
      [1, null, 20],
      [2, 3, 21],
    ],
  };
  const startMs = Date.parse('2026-01-10T10:00:00Z');
  expect(toReadings(trace, { startMs, only: undefined, offset: 5 })).toEqual([
    { t: '2026-01-10T10:00:00.000Z', channels: { NO2: 6, CO: null, Temperature: 20 } },
    { t: '2026-01-10T10:00:01.000Z', channels: { NO2: 7, CO: 8, Temperature: 21 } },
  ]);
  expect(toReadings(trace, { startMs, only: new Set(['CO']), offset: 0 })[1]?.channels).toEqual({ CO: 3 });
});
