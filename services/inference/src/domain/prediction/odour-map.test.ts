import { expect, test } from '@jest/globals';
import { extentOf, isWithin, parseOdourMap, placeOf } from './odour-map.ts';

const file = {
  method: 'PCA',
  placement: { neighbours: 2, power: 1 },
  figures: { trustworthiness: 0.9 },
  index_crc32: 7,
  step: 0.5,
  x: [0, 2, 4],
  y: [0, 0, -8],
};
const map = parseOdourMap(JSON.stringify(file));

test('whole numbers become places', () => {
  expect([...map.x, ...map.y]).toEqual([0, 1, 2, 0, 0, -4]);
  expect(extentOf(map)).toEqual({ minX: 0, maxX: 2, minY: -4, maxY: 0 });
  expect(isWithin({ minX: 0, maxX: 1, minY: 0, maxY: 0 }, { x: 1, y: 0 })).toBe(true);
  expect(isWithin({ minX: 0, maxX: 1, minY: 0, maxY: 0 }, { x: 1, y: 0.01 })).toBe(false);
});

test('a molecule goes between its nearest odorants, nearer to the more similar; the third has no say', () => {
  const near = (a: number, b: number) => [
    { row: 0, similarity: a },
    { row: 1, similarity: b },
    { row: 2, similarity: b },
  ];
  expect(placeOf(map, near(0.5, 0.5))).toEqual({ x: 0.5, y: 0 });
  expect(placeOf(map, near(0.9, 0.3)).x).toBeCloseTo(0.25, 9);
  expect(placeOf(map, near(-0.2, -0.3))).toEqual({ x: 0.5, y: 0 });
  expect(placeOf({ ...map, placement: { neighbours: 2, power: 500 } }, near(0, 0))).toEqual({ x: 0, y: 0 });
});

test.each([
  ['no numbers', { x: ['a', 1, 2] }],
  ['columns of different length', { y: [1] }],
  ['something unknown', { z: [] }],
  ['no step', { step: 0 }],
])('a file with %s is refused', (_, change) => {
  expect(() => parseOdourMap(JSON.stringify({ ...file, ...change }))).toThrow(TypeError);
});
