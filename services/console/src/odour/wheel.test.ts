import { expect, test } from '@jest/globals';
import { familyNames } from './families.ts';
import {
  apart,
  arcOf,
  arcOfFamily,
  petalsOf,
  placeLabels,
  pointAt,
  ringPath,
  strengthOf,
  widened,
} from './wheel.ts';

test('notes stand beside those of their family, and families do not overlap', () => {
  const sweet = arcOfFamily('sweet');
  const vanilla = arcOf('vanilla');
  expect(vanilla?.from).toBeGreaterThanOrEqual(sweet.from);
  expect(vanilla?.to).toBeLessThanOrEqual(sweet.to);
  let end = -1;
  for (const family of familyNames) {
    const { from, to } = arcOfFamily(family);
    expect(from).toBeGreaterThan(end);
    end = to;
  }
  expect(end).toBeLessThan(2 * Math.PI);
  expect(arcOf('unheard of')).toBeUndefined();
});

test('angles go clockwise from the top', () => {
  expect(pointAt(0, 10)).toEqual({ x: 0, y: -10 });
  expect(pointAt(Math.PI / 2, 10)).toEqual({ x: 10, y: -0 });
  expect(pointAt(Math.PI, 10)).toEqual({ x: 0, y: 10 });
  expect(ringPath({ from: 0, to: Math.PI / 2 }, 5, 10)).toBe('M0 -10A10 10 0 0 1 10 0L5 0A5 5 0 0 0 0 -5Z');
});

test('petals are the notes that are probable enough and known', () => {
  const notes = [
    { note: 'vanilla', probability: 0.9 },
    { note: 'rose', probability: 0.01 },
    { note: 'unheard of', probability: 1 },
  ];
  const petals = petalsOf(notes, 0.05);
  expect(petals.map(({ note, family }) => [note, family])).toEqual([['vanilla', 'sweet']]);
  expect(['sweet' as const, 'floral' as const].map((family) => strengthOf(petals, family))).toEqual([0.9, 0]);
  expect(widened({ from: 1, to: 2 }, 2)).toEqual({ from: 0.5, to: 2.5 });
});

test('labels keep apart and within reach', () => {
  expect(apart([0, 1, 2], 10, 100)).toEqual([0, 10, 20]);
  expect(apart([95, 96, 97], 10, 100)).toEqual([80, 90, 100]);
  expect(apart([0, 0, 0], 10, 5)).toEqual([-10, 0, 10]);
  const petals = petalsOf(
    ['sweet', 'vanilla', 'caramellic', 'rose'].map((note) => ({ note, probability: 1 })),
    0,
  );
  const labels = placeLabels(petals, { reach: 100, column: 120, lineHeight: 14 });
  for (const side of ['left', 'right'] as const) {
    const ys = labels.filter((label) => label.side === side).map(({ y }) => y);
    expect(ys.every((y, index) => index === 0 || y - (ys[index - 1] ?? 0) >= 13.99)).toBe(true);
  }
});
