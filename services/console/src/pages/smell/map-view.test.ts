import { expect, test } from '@jest/globals';
import { fit, PointGrid, pan, toMap, toScreen, zoom } from './map-view.ts';

const extent = { min_x: -10, max_x: 10, min_y: -5, max_y: 5 };
const size = { width: 800, height: 600 };

test('all of the map fits, and places go there and back', () => {
  const view = fit(extent, size);
  for (const point of [
    { x: -10, y: -5 },
    { x: 10, y: 5 },
    { x: 3, y: -2 },
  ]) {
    const place = toScreen(view, size, point);
    expect(place.x).toBeGreaterThanOrEqual(16);
    expect(place.x).toBeLessThanOrEqual(size.width - 16);
    expect(toMap(view, size, place).x).toBeCloseTo(point.x, 9);
    expect(toMap(view, size, place).y).toBeCloseTo(point.y, 9);
  }
  expect(toScreen(view, size, { x: 0, y: 5 }).y).toBeLessThan(toScreen(view, size, { x: 0, y: -5 }).y);
});

test('zooming holds the point below the pointer, and ends at all of the map', () => {
  const place = { x: 500, y: 250 };
  const view = fit(extent, size);
  const before = toMap(view, size, place);
  const nearer = zoom(view, extent, size, place, 4);
  expect(toMap(nearer, size, place).x).toBeCloseTo(before.x, 9);
  expect(toMap(nearer, size, place).y).toBeCloseTo(before.y, 9);
  expect(zoom(nearer, extent, size, place, 0.001)).toEqual(view);
  expect(zoom(view, extent, size, place, 1e9).scale).toBeCloseTo(view.scale * 80, 6);
});

test('the middle of what is seen stays on the map', () => {
  const view = { ...fit(extent, size), scale: 200 };
  expect(pan(view, extent, { x: 100, y: 0 }).x).toBeCloseTo(-0.5, 9);
  expect(pan(view, extent, { x: -1e6, y: 1e6 })).toMatchObject({ x: 10, y: 5 });
});

test('the nearest point is found, and none that is too far', () => {
  const points = Array.from({ length: 2000 }, (_, index) => ({
    x: ((index * 0.618034) % 1) * 20 - 10,
    y: (index / 2000) * 10 - 5,
  }));
  const grid = new PointGrid(points, 0.5);
  for (const place of [
    { x: 0.04, y: 0.07 },
    { x: -9.9, y: 4.9 },
  ]) {
    const distances = points.map((point) => (point.x - place.x) ** 2 + (point.y - place.y) ** 2);
    const nearest = points[distances.indexOf(Math.min(...distances))];
    expect(Math.min(...distances)).toBeLessThan(0.25);
    expect(grid.nearest(place, 0.5)).toEqual(nearest);
  }
  expect(grid.nearest({ x: 50, y: 50 }, 0.5)).toBeUndefined();
});
