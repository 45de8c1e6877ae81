/** What part of the map is seen: a point of the map in the middle, and pixels a unit. y grows upwards on the map. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Extent {
  readonly min_x: number;
  readonly max_x: number;
  readonly min_y: number;
  readonly max_y: number;
}

/** Pixels left free around the map where all of it is seen. */
const margin = 16;
/** How much further than all of it one may look, and how much nearer. */
const mostZoom = 80;

/** All of the map in the middle. */
export function fit(extent: Extent, size: Size): View {
  const wide = Math.max(1e-6, extent.max_x - extent.min_x);
  const high = Math.max(1e-6, extent.max_y - extent.min_y);
  const scale = Math.min((size.width - 2 * margin) / wide, (size.height - 2 * margin) / high);
  return {
    x: (extent.min_x + extent.max_x) / 2,
    y: (extent.min_y + extent.max_y) / 2,
    scale: Math.max(1e-6, scale),
  };
}

/** Where on the screen a point of the map is. */
export function toScreen(view: View, size: Size, point: { readonly x: number; readonly y: number }) {
  return {
    x: size.width / 2 + (point.x - view.x) * view.scale,
    y: size.height / 2 - (point.y - view.y) * view.scale,
  };
}

/** Which point of the map is at this place of the screen. */
export function toMap(view: View, size: Size, place: { readonly x: number; readonly y: number }) {
  return {
    x: view.x + (place.x - size.width / 2) / view.scale,
    y: view.y - (place.y - size.height / 2) / view.scale,
  };
}

/** The view moved by so many pixels of the screen; its middle stays on the map. */
export function pan(view: View, extent: Extent, by: { readonly x: number; readonly y: number }): View {
  return {
    ...view,
    x: clamp(view.x - by.x / view.scale, extent.min_x, extent.max_x),
    y: clamp(view.y + by.y / view.scale, extent.min_y, extent.max_y),
  };
}

/** The view so many times nearer, with the point of the map that is at `place` staying there. */
export function zoom(
  view: View,
  extent: Extent,
  size: Size,
  place: { readonly x: number; readonly y: number },
  times: number,
): View {
  const least = fit(extent, size).scale;
  const scale = clamp(view.scale * times, least, least * mostZoom);
  if (scale === least) return fit(extent, size);
  const held = toMap(view, size, place);
  const moved = toMap({ ...view, scale }, size, place);
  return {
    scale,
    x: clamp(view.x + held.x - moved.x, extent.min_x, extent.max_x),
    y: clamp(view.y + held.y - moved.y, extent.min_y, extent.max_y),
  };
}

/** Points sorted into squares, so that the nearest is found without looking at all. */
export class PointGrid<P extends { readonly x: number; readonly y: number }> {
  readonly #cells = new Map<string, P[]>();
  readonly #edge: number;

  /** `edge` of a square, in units of the map: about the distance that is asked for. */
  constructor(points: readonly P[], edge: number) {
    this.#edge = edge;
    for (const point of points) {
      const key = this.#key(point.x, point.y);
      const cell = this.#cells.get(key);
      if (cell) cell.push(point);
      else this.#cells.set(key, [point]);
    }
  }

  /** The point nearest to a place of the map, none that is further than `most` (at most an edge is looked around). */
  nearest(place: { readonly x: number; readonly y: number }, most: number): P | undefined {
    let [best, least]: [P | undefined, number] = [undefined, Math.min(most, this.#edge) ** 2];
    for (const across of [-1, 0, 1]) {
      for (const up of [-1, 0, 1]) {
        const key = this.#key(place.x + across * this.#edge, place.y + up * this.#edge);
        for (const point of this.#cells.get(key) ?? []) {
          const distance = (point.x - place.x) ** 2 + (point.y - place.y) ** 2;
          if (distance <= least) [best, least] = [point, distance];
        }
      }
    }
    return best;
  }

  #key(x: number, y: number): string {
    return `${Math.floor(x / this.#edge)},${Math.floor(y / this.#edge)}`;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
