import { expect, test } from '@jest/globals';
import { fillWith, putDot, rgbOf, stampOf } from './raster.ts';

const paper = [255, 255, 255] as const;
const sheet = (width: number, height: number) => {
  const pixels = new Uint8ClampedArray(4 * width * height);
  fillWith(pixels, paper);
  return { pixels, width, height };
};
const at = ({ pixels, width }: ReturnType<typeof sheet>, x: number, y: number) => [
  ...pixels.slice(4 * (y * width + x), 4 * (y * width + x) + 4),
];

test('a dot is full in the middle, fades at its edge, and leaves the rest', () => {
  const target = sheet(9, 9);
  putDot(target, stampOf(2), { x: 4, y: 4 }, [200, 0, 0], 1);
  expect(at(target, 4, 4)).toEqual([200, 0, 0, 255]);
  expect(at(target, 0, 0)).toEqual([...paper, 255]);
  const [red, green] = at(target, 6, 5);
  expect(red).toBeGreaterThan(200);
  expect(green).toBeGreaterThan(0);
});

test('a dot over the edge of the sheet wraps nowhere', () => {
  const target = sheet(8, 8);
  putDot(target, stampOf(3), { x: 0, y: 0 }, [0, 0, 0], 1);
  putDot(target, stampOf(3), { x: -50, y: 90 }, [0, 0, 0], 1);
  expect(at(target, 7, 0)).toEqual([...paper, 255]);
  expect(at(target, 0, 7)).toEqual([...paper, 255]);
  expect(at(target, 0, 0)).toEqual([0, 0, 0, 255]);
});

test('colours as the page has them', () => {
  expect(rgbOf('#d8a51d')).toEqual([216, 165, 29]);
  expect(rgbOf('rgb(255, 253, 251)')).toEqual([255, 253, 251]);
});
