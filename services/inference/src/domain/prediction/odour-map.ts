import { z } from 'zod';
import type { Neighbour } from './nearest.ts';

/** The known odorants of an index on a plane, in the order of the index. */
export interface OdourMap {
  /** How the plane was made. */
  readonly method: string;
  /** How new molecules find their place: see {@link placeOf}. */
  readonly placement: { readonly neighbours: number; readonly power: number };
  /** What was measured when it was made. */
  readonly figures: Readonly<Record<string, number>>;
  /** Of the unpacked vectors of the index it was made from. */
  readonly indexCrc32: number;
  /** The centre is 0, 0, the root mean square distance from there 1. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Both ends belong to it. */
export interface Region {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

const fileSchema = z
  .strictObject({
    method: z.string().min(1),
    placement: z.strictObject({ neighbours: z.int().min(1).max(50), power: z.number().min(0).max(1000) }),
    figures: z.record(z.string(), z.number()),
    index_crc32: z.int().min(0),
    step: z.number().positive(),
    x: z.array(z.int()).min(1),
    y: z.array(z.int()).min(1),
  })
  .refine(({ x, y }) => x.length === y.length, { error: 'x and y must be of one length' });

/**
 * Reads the unpacked odorants.map.json that training's odour.map writes.
 * @throws TypeError for a file of another form.
 */
export function parseOdourMap(text: string): OdourMap {
  const parsed = fileSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new TypeError(z.prettifyError(parsed.error));
  const { method, placement, figures, index_crc32, step, x, y } = parsed.data;
  return {
    method,
    placement,
    figures,
    indexCrc32: index_crc32,
    x: Float64Array.from(x, (value) => value * step),
    y: Float64Array.from(y, (value) => value * step),
  };
}

/** Least weight of a neighbour: one that is not similar at all must not take the place of a division by zero. */
const leastSimilarity = 1e-6;

/** Where a molecule with these nearest odorants goes: the mean of their places, weighted by similarity to the power. */
export function placeOf({ x, y, placement }: OdourMap, neighbours: readonly Neighbour[]): Place {
  let sumX = 0;
  let sumY = 0;
  let sum = 0;
  for (const { row, similarity } of neighbours.slice(0, placement.neighbours)) {
    const weight = Math.max(similarity, leastSimilarity) ** placement.power;
    sumX += weight * (x[row] ?? 0);
    sumY += weight * (y[row] ?? 0);
    sum += weight;
  }
  // Weights so small that they vanish: the molecule is near to nothing, and as good in the middle as anywhere.
  return sum === 0 ? { x: 0, y: 0 } : { x: sumX / sum, y: sumY / sum };
}

export function extentOf({ x, y }: OdourMap): Region {
  const extent = { minX: Infinity, maxX: -Infinity, minY: Infinity, maxY: -Infinity };
  for (const [row, value] of x.entries()) {
    const height = y[row] ?? 0;
    extent.minX = Math.min(extent.minX, value);
    extent.maxX = Math.max(extent.maxX, value);
    extent.minY = Math.min(extent.minY, height);
    extent.maxY = Math.max(extent.maxY, height);
  }
  return extent;
}

export function isWithin({ minX, maxX, minY, maxY }: Region, { x, y }: Place): boolean {
  return x >= minX && x <= maxX && y >= minY && y <= maxY;
}
