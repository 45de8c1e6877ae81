import type { MapResponseBody } from '@sillage/contracts';
import { type Family, familyColours, familyOf } from '../../odour/families.ts';
import { type Size, toScreen, type View } from './map-view.ts';

export type MapPoint = MapResponseBody['points'][number];

/** A molecule of the person's own on the map. */
export interface Marked {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

const unknown = '#8b8385';

/** The family by which a point is coloured: that of its first note. */
export function familyOfPoint(point: MapPoint): Family | undefined {
  return point.notes[0] === undefined ? undefined : familyOf(point.notes[0]);
}

/** Ready-made dots, one a colour: to copy pixels is many times quicker than to fill a circle. */
export class Dots {
  readonly #made = new Map<string, HTMLCanvasElement>();

  of(colour: string, radius: number): HTMLCanvasElement {
    const key = `${colour} ${radius}`;
    const known = this.#made.get(key);
    if (known) return known;
    const dot = document.createElement('canvas');
    dot.width = dot.height = Math.ceil(2 * radius) + 2;
    const context = dot.getContext('2d');
    if (context) {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(dot.width / 2, dot.height / 2, radius, 0, 2 * Math.PI);
      context.fill();
    }
    this.#made.set(key, dot);
    return dot;
  }
}

export interface Drawing {
  readonly points: readonly MapPoint[];
  readonly marked: readonly Marked[];
  readonly hovered: MapPoint | undefined;
  /** Only this family is in colour; undefined: all are. */
  readonly family: Family | undefined;
  readonly ink: string;
  readonly paper: string;
}

/** Draws what of the map is seen. `ratio` is pixels of the device a pixel of the page. */
export function drawMap(
  context: CanvasRenderingContext2D,
  dots: Dots,
  { view, size, ratio, zoomed }: { view: View; size: Size; ratio: number; zoomed: number },
  { points, marked, hovered, family, ink, paper }: Drawing,
): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, size.width * ratio, size.height * ratio);
  const radius = Math.min(5.5, 1.7 + 0.9 * Math.log2(Math.max(1, zoomed))) * ratio;
  const [middleX, middleY, scale] = [(size.width * ratio) / 2, (size.height * ratio) / 2, view.scale * ratio];
  const [right, bottom] = [size.width * ratio, size.height * ratio];
  // Those that are not meant first, so that they never cover those that are.
  for (const isMeant of family === undefined ? [true] : [false, true]) {
    for (const point of points) {
      const own = familyOfPoint(point);
      if (family !== undefined && (own === family) !== isMeant) continue;
      context.globalAlpha = isMeant ? (own ? 0.9 : 0.28) : 0.12;
      const x = middleX + (point.x - view.x) * scale;
      const y = middleY - (point.y - view.y) * scale;
      if (x < -8 || y < -8 || x > right + 8 || y > bottom + 8) continue;
      const dot = dots.of(own ? familyColours[own] : unknown, radius);
      context.drawImage(dot, (x - dot.width / 2) | 0, (y - dot.height / 2) | 0);
    }
  }
  context.globalAlpha = 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (hovered) {
    const { x, y } = toScreen(view, size, hovered);
    ringAt(context, x, y, radius / ratio + 3, ink, 2);
  }
  context.font = '600 13px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const { x, y, label } of marked) {
    const at = toScreen(view, size, { x, y });
    ringAt(context, at.x, at.y, 8, paper, 6);
    ringAt(context, at.x, at.y, 8, ink, 2.5);
    context.lineWidth = 4;
    context.strokeStyle = paper;
    context.strokeText(label, at.x + 14, at.y);
    context.fillStyle = ink;
    context.fillText(label, at.x + 14, at.y);
  }
}

function ringAt(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour: string,
  width: number,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
