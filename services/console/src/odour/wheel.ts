import { type Family, families, familyNames, familyOf } from './families.ts';

/** An arc of the wheel in radians, clockwise from the top. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

const full = 2 * Math.PI;
/** Between families, in widths of a note. */
const gap = 1.2;
const noteCount = familyNames.reduce((sum, family) => sum + families[family].length, 0);
const step = full / (noteCount + gap * familyNames.length);

const arcs = new Map<string, Arc>();
const familyArcs = new Map<Family, Arc>();
let at = 0;
for (const family of familyNames) {
  const from = at;
  for (const note of families[family]) {
    arcs.set(note, { from: at, to: at + step });
    at += step;
  }
  familyArcs.set(family, { from, to: at });
  at += gap * step;
}

/** Where a note stands on the wheel: the same place for every molecule, so that shapes can be compared. */
export function arcOf(note: string): Arc | undefined {
  return arcs.get(note);
}

export function arcOfFamily(family: Family): Arc {
  return familyArcs.get(family) ?? { from: 0, to: 0 };
}

/** Where something at this angle and radius is, the middle of the wheel being 0. */
export function pointAt(angle: number, radius: number): { readonly x: number; readonly y: number } {
  return { x: round(radius * Math.sin(angle)), y: round(-radius * Math.cos(angle)) };
}

/** The SVG path of a piece of a ring. */
export function ringPath({ from, to }: Arc, inner: number, outer: number): string {
  const [a, b, c, d] = [pointAt(from, outer), pointAt(to, outer), pointAt(to, inner), pointAt(from, inner)];
  const isLarge = to - from > Math.PI ? 1 : 0;
  return `M${a.x} ${a.y}A${outer} ${outer} 0 ${isLarge} 1 ${b.x} ${b.y}L${c.x} ${c.y}A${inner} ${inner} 0 ${isLarge} 0 ${d.x} ${d.y}Z`;
}

export interface WheelNote {
  readonly note: string;
  readonly probability: number;
}

export interface Petal extends WheelNote {
  readonly family: Family;
  readonly arc: Arc;
}

/** The notes that have a place on the wheel and at least this probability. */
export function petalsOf(notes: readonly WheelNote[], least: number): Petal[] {
  return notes.flatMap(({ note, probability }) => {
    const [arc, family] = [arcs.get(note), familyOf(note)];
    return arc && family && probability >= least ? [{ note, probability, family, arc }] : [];
  });
}

/** The most probable of a family's notes; 0 where it has none. */
export function strengthOf(petals: readonly Petal[], family: Family): number {
  return Math.max(
    0,
    ...petals.filter((petal) => petal.family === family).map(({ probability }) => probability),
  );
}

/** An arc about the same middle, so many times as wide. */
export function widened({ from, to }: Arc, times: number): Arc {
  const more = ((to - from) * (times - 1)) / 2;
  return { from: from - more, to: to + more };
}

export interface PlacedLabel {
  readonly note: string;
  /** Where the label stands, which its neighbours may have pushed aside. */
  readonly x: number;
  readonly y: number;
  readonly side: 'left' | 'right';
  readonly anchor: { readonly x: number; readonly y: number };
}

/**
 * Places for labels in two columns beside the wheel, near their petals and at least `lineHeight` apart. `reach` is the
 * radius of the petals' ends, `column` how far from the middle the labels begin.
 */
export function placeLabels(
  petals: readonly Petal[],
  {
    reach,
    column,
    lineHeight,
  }: { readonly reach: number; readonly column: number; readonly lineHeight: number },
): PlacedLabel[] {
  return (['right', 'left'] as const).flatMap((side) => {
    const own = petals
      .map(({ note, arc }) => ({ note, anchor: pointAt((arc.from + arc.to) / 2, reach) }))
      .filter(({ anchor }) => (side === 'right' ? anchor.x >= 0 : anchor.x < 0))
      .toSorted((one, other) => one.anchor.y - other.anchor.y);
    const ys = apart(
      own.map(({ anchor }) => anchor.y),
      lineHeight,
      reach,
    );
    return own.map(({ note, anchor }, index) => ({
      note,
      anchor,
      side,
      x: side === 'right' ? column : -column,
      y: round(ys[index] ?? anchor.y),
    }));
  });
}

/** Ascending places moved so that neighbours are at least `least` apart, within ±`reach` where they fit. */
export function apart(places: readonly number[], least: number, reach: number): number[] {
  const moved: number[] = [];
  for (const place of places) moved.push(Math.max(place, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + least));
  let limit = Math.max(reach, ((places.length - 1) * least) / 2);
  for (let index = moved.length - 1; index >= 0; index -= 1) {
    moved[index] = Math.min(moved[index] ?? limit, limit);
    limit = (moved[index] ?? limit) - least;
  }
  return moved;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
