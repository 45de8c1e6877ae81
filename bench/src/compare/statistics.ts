import { median } from '../report.ts';

/** A block of four: the one, the other twice, the one again. What drifts evenly falls on both alike. */
export interface Block<T> {
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

export interface Ratio {
  /** Of the blocks' ratios. */
  readonly median: number;
  readonly blocks: readonly number[];
  /** Largest less smallest, over the median; 0 of one block. */
  readonly spread: number;
  /** False where the spread is over `mostSpread`: the machine was too noisy for this figure to mean anything. */
  readonly isUsable: boolean;
}

/** Beyond this spread between blocks a ratio says nothing. */
export const mostSpread = 0.6;

/** Runs blocks in turn, ours first in every other one: whoever comes second is at a disadvantage on some machines. */
export async function inBlocks<T>(
  blocks: number,
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
): Promise<Block<T>[]> {
  const found: Block<T>[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const [outer, inner] = block % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const first = await outer();
    const middle = [await inner(), await inner()];
    const outside = [first, await outer()];
    found.push(block % 2 === 0 ? { ours: outside, theirs: middle } : { ours: middle, theirs: outside });
  }
  return found;
}

/** How many times theirs ours is, by a figure of each measurement. */
export function ratioOf<T>(blocks: readonly Block<T>[], figure: (one: T) => number): Ratio {
  return summarise(blocks.map(({ ours, theirs }) => mean(ours.map(figure)) / mean(theirs.map(figure))));
}

export function summarise(ratios: readonly number[]): Ratio {
  const middle = median(ratios);
  const spread = (Math.max(...ratios) - Math.min(...ratios)) / middle;
  return { median: middle, blocks: ratios, spread, isUsable: spread <= mostSpread };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
