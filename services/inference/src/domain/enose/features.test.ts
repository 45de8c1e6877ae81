import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type EnoseFeatureParameters, enoseFeatures } from './features.ts';

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly frames: readonly (readonly (number | null)[])[];
    readonly features: readonly (number | null)[];
  }[];
}

const folder = new URL('../../../../../models/enose-smellnet/2/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;
const manifest = parse(readFileSync(new URL('manifest.yaml', folder), 'utf8')) as {
  parameters: EnoseFeatureParameters;
};
const parameters = manifest.parameters;
const C = parameters.channels.length;

function flat(frames: Golden['cases'][number]['frames']): Float32Array {
  return Float32Array.from(frames.flat(), (value) => value ?? Number.NaN);
}

test.each(golden.cases)('the same features as training: $name', ({ frames, features }) => {
  const computed = enoseFeatures(flat(frames), frames.length, parameters);
  expect(computed.length).toBe(features.length);
  features.forEach((expected, i) => {
    const value = computed[i] ?? Number.NaN;
    if (expected === null) expect(value).toBeNaN();
    else expect(Math.abs(value - expected)).toBeLessThan(1e-5);
  });
});

test('a value out of range counts as a gap', () => {
  const frames = flat(golden.cases[0]?.frames ?? []);
  const gap = frames.slice();
  const sentinel = frames.slice();
  gap[40 * C] = Number.NaN;
  sentinel[40 * C] = 4294967295;
  const T = frames.length / C;
  expect(enoseFeatures(sentinel, T, parameters)).toEqual(enoseFeatures(gap, T, parameters));
});

test('a feature that needs a missing channel is missing, all others are as they were', () => {
  const whole = flat(golden.cases[0]?.frames ?? []);
  const T = whole.length / C;
  const dead = whole.map((value, i) => (i % C === C - 1 ? Number.NaN : value));
  const before = enoseFeatures(whole, T, parameters);
  const after = enoseFeatures(dead, T, parameters);
  const missing = after.filter(Number.isNaN).length;
  expect(missing).toBe(11 + C - 1);
  expect(after.every((value, i) => Number.isNaN(value) || value === before[i])).toBe(true);
});

test('sizes that do not fit are refused', () => {
  expect(() => enoseFeatures(new Float32Array(9 * C), 9, parameters)).toThrow('at least');
  expect(() => enoseFeatures(new Float32Array(30 * C - 1), 30, parameters)).toThrow('not 209');
});
