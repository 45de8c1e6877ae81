import type { MapResponseBody } from '@sillage/contracts';
import { type Family, familyColours, familyNames, familyOf } from '../../odour/families.ts';
import { type Size, toScreen, type View } from './map-view.ts';
import { fillWith, putDot, type Rgb, rgbOf, stampOf } from './raster.ts';

export type MapPoint = MapResponseBody['points'][number];

/** A molecule of the person's own on the map. */
export interface Marked {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

const unknown: Rgb = [139, 131, 133];

/** The family by which a point is coloured: that of its first note. */
export function familyOfPoint(point: MapPoint): Family | undefined {
  return point.notes[0] === undefined ? undefined : familyOf(point.notes[0]);
}

/** Points as the drawing reads them: places and families in a row, so that a frame touches no object. */
export interface Cloud {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  /** Place of the family in familyNames; 255: none. */
  readonly families: Uint8Array;
}

const noFamily = 255;

export function cloudOf(points: readonly MapPoint[]): Cloud {
  return {
    xs: Float32Array.from(points, ({ x }) => x),
    ys: Float32Array.from(points, ({ y }) => y),
    families: Uint8Array.from(points, (point) => {
      const family = familyOfPoint(point);
      return family === undefined ? noFamily : familyNames.indexOf(family);
    }),
  };
}

const colours: readonly Rgb[] = familyNames.map((family) => rgbOf(familyColours[family]));

export interface Drawing {
  readonly cloud: Cloud;
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
  { view, size, ratio, zoomed }: { view: View; size: Size; ratio: number; zoomed: number },
  { cloud, marked, hovered, family, ink, paper }: Drawing,
): void {
  const { width, height } = context.canvas;
  const sheet = context.createImageData(width, height);
  fillWith(sheet.data, rgbOf(paper));
  const target = { pixels: sheet.data, width, height };
  const radius = Math.min(5.5, 1.7 + 0.9 * Math.log2(Math.max(1, zoomed))) * ratio;
  const stamp = stampOf(radius);
  const scale = view.scale * ratio;
  const { xs, ys, families } = cloud;
  const meant = family === undefined ? undefined : familyNames.indexOf(family);
  // Those that are not meant first, so that they never cover those that are.
  for (const isMeant of meant === undefined ? [true] : [false, true]) {
    for (let index = 0; index < xs.length; index += 1) {
      const own = families[index] ?? noFamily;
      if (meant !== undefined && (own === meant) !== isMeant) continue;
      const x = width / 2 + ((xs[index] ?? 0) - view.x) * scale;
      const y = height / 2 - ((ys[index] ?? 0) - view.y) * scale;
      if (x < -8 || y < -8 || x > width + 8 || y > height + 8) continue;
      const opacity = isMeant ? (own === noFamily ? 0.28 : 0.9) : 0.12;
      putDot(target, stamp, { x, y }, colours[own] ?? unknown, opacity);
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.putImageData(sheet, 0, 0);
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
