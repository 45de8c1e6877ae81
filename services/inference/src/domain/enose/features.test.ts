import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type EnoseFeatureParameters, enoseFeatures } from './features.ts';

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly frames: readonly (readonly (number | null)[])[];
    readonly features: readonly number[];
  }[];
}

const folder = new URL('../../../../../models/enose-smellnet/1/', import.meta.url);
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
    expect(Math.abs((computed[i] ?? Number.NaN) - expected)).toBeLessThan(1e-4);
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

test('a window without any measured value is all training medians', () => {
  const frames = new Float32Array(50 * C).fill(Number.NaN);
  expect(enoseFeatures(frames, 50, parameters)).toEqual(Float32Array.from(parameters.imputation));
});

test('sizes that do not fit are refused', () => {
  expect(() => enoseFeatures(new Float32Array(9 * C), 9, parameters)).toThrow('at least');
  expect(() => enoseFeatures(new Float32Array(30 * C - 1), 30, parameters)).toThrow('not 179');
  expect(() => enoseFeatures(new Float32Array(30 * C), 30, { ...parameters, imputation: [1] })).toThrow(
    'imputation',
  );
});
