import { describe, expect, test } from '@jest/globals';
import { type BlendComponent, blend, maskedShare, stevensExponent } from './blend.ts';

function component(changes: Partial<BlendComponent> = {}): BlendComponent {
  return {
    molecule: 'A',
    proportion: 1,
    intensity: 5,
    odorous: 1,
    pleasantness: 6,
    probabilities: Float32Array.of(0.9, 0.1, 0),
    ...changes,
  };
}
const other = component({ molecule: 'B', pleasantness: 2, probabilities: Float32Array.of(0, 0.1, 0.8) });

describe('a blend of one molecule with itself is that molecule', () => {
  test.each([
    [1, 1],
    [3, 0.1],
  ])('in parts %p and %p', (first, second) => {
    const { probabilities, intensity, pleasantness, components } = blend([
      component({ proportion: first }),
      component({ proportion: second }),
    ]);
    expect(probabilities[0]).toBeCloseTo(0.9, 6);
    expect(probabilities[1]).toBeCloseTo(0.1, 6);
    expect(intensity).toBeCloseTo(5, 6);
    expect(pleasantness).toBeCloseTo(6, 6);
    expect(components[0]?.share).toBeCloseTo(first / (first + second), 6);
  });
});

test('equal parts of equal strength share the blend, and notes of both are weaker than alone', () => {
  const { probabilities, intensity, pleasantness, components } = blend([component(), other]);
  expect(components.map(({ share }) => share)).toEqual([0.5, 0.5]);
  expect(probabilities[0]).toBeCloseTo(0.9 * Math.SQRT1_2, 6);
  expect(probabilities[1]).toBeCloseTo(0.1, 6);
  expect(probabilities[2]).toBeCloseTo(0.8 * Math.SQRT1_2, 6);
  // Stronger than a part alone at its proportion, weaker than their sum.
  const alone = 5 * 0.5 ** stevensExponent;
  expect(intensity).toBeCloseTo(alone * Math.SQRT2, 6);
  expect(pleasantness).toBeCloseTo(4, 6);
});

test('only ratios of proportions count', () => {
  const parts = (factor: number) =>
    blend([component({ proportion: 3 * factor }), { ...other, proportion: factor }]);
  expect(parts(1000).probabilities).toEqual(parts(1).probabilities);
  expect(parts(1).components.map(({ proportion }) => proportion)).toEqual([0.75, 0.25]);
});

test('the more there is of a component, the larger its share', () => {
  const shares = [0.1, 1, 10, 100].map(
    (proportion) => blend([component({ proportion }), other]).components[0]?.share ?? 0,
  );
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test('weak components are masked, and what hardly smells adds nothing', () => {
  const weak = blend([component({ intensity: 8 }), { ...other, intensity: 1 }]);
  expect(weak.components.map(({ isMasked }) => isMasked)).toEqual([false, true]);
  expect(weak.components[1]?.share).toBeLessThan(maskedShare);
  const water = component({ molecule: 'O', proportion: 99, intensity: 2, odorous: 0.01 });
  const { components, probabilities } = blend([water, other]);
  expect(components[0]?.isMasked).toBe(true);
  expect(probabilities[2]).toBeGreaterThan(0.75);
});

test('a model that rates nothing leaves the shares to the proportions', () => {
  const { components, intensity, pleasantness } = blend([
    component({ intensity: undefined, pleasantness: undefined, proportion: 3 }),
    { ...other, intensity: undefined },
  ]);
  expect(components[0]?.share).toBeCloseTo(0.75, 6);
  expect([intensity, pleasantness, components[0]?.intensity]).toEqual([undefined, undefined, undefined]);
});

test('where nothing smells, what there is most of counts most, and nothing is NaN', () => {
  const { components, probabilities, intensity } = blend([
    component({ intensity: 0, proportion: 3 }),
    { ...other, intensity: 0 },
  ]);
  expect(components.map(({ share }) => share)).toEqual([0.75, 0.25]);
  expect(intensity).toBe(0);
  expect(probabilities.every(Number.isFinite)).toBe(true);
});
