import type { OdorantVectors } from './known-odorants.ts';

/** A row of the index and its cosine similarity, -1 to 1. */
export interface Neighbour {
  readonly row: number;
  readonly similarity: number;
}

/**
 * The `count` rows most similar to a query, nearest first: every row is looked at. Equal similarities keep the order of
 * the rows. A query without length is similar to nothing: its similarities are 0. With `allowed` only rows whose value
 * there is not 0.
 */
export function nearest(
  vectors: OdorantVectors,
  query: Float32Array,
  count: number,
  allowed?: Uint8Array,
): Neighbour[] {
  const { count: rows, width, step } = vectors;
  const stored = new Int16Array(vectors.block);
  const wanted = unit(query, width, step);
  const best = new Best(count);
  const whole = width - (width % 4);
  for (let row = 0; row < rows; row++) {
    if (allowed !== undefined && allowed[row] === 0) continue;
    let at = row * width;
    // Four sums: one would make each addition wait for the last.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let column = 0;
    for (; column < whole; column += 4, at += 4) {
      a += (stored[at] ?? 0) * (wanted[column] ?? 0);
      b += (stored[at + 1] ?? 0) * (wanted[column + 1] ?? 0);
      c += (stored[at + 2] ?? 0) * (wanted[column + 2] ?? 0);
      d += (stored[at + 3] ?? 0) * (wanted[column + 3] ?? 0);
    }
    for (; column < width; column++, at++) a += (stored[at] ?? 0) * (wanted[column] ?? 0);
    best.offer(row, a + b + c + d);
  }
  return best.sorted();
}

/** The query at length `step`, so that its product with stored values is the cosine. */
function unit(query: Float32Array, width: number, step: number): Float64Array {
  if (query.length !== width) throw new RangeError(`a query of ${query.length} values for rows of ${width}`);
  const out = new Float64Array(width);
  let square = 0;
  for (const value of query) square += value * value;
  if (square === 0) return out;
  const scale = step / Math.sqrt(square);
  for (let column = 0; column < width; column++) out[column] = (query[column] ?? 0) * scale;
  return out;
}

/** The best few of what is offered, kept in order; what does not belong to them costs one comparison. */
class Best {
  readonly #rows: number[] = [];
  readonly #similarities: number[] = [];
  readonly #count: number;
  #least = Number.NEGATIVE_INFINITY;

  constructor(count: number) {
    this.#count = count;
  }

  offer(row: number, similarity: number): void {
    if (similarity <= this.#least) return;
    let place = this.#rows.length;
    while (place > 0 && (this.#similarities[place - 1] ?? 0) < similarity) place -= 1;
    this.#rows.splice(place, 0, row);
    this.#similarities.splice(place, 0, similarity);
    if (this.#rows.length > this.#count) {
      this.#rows.pop();
      this.#similarities.pop();
    }
    if (this.#rows.length === this.#count) {
      this.#least = this.#similarities[this.#count - 1] ?? Number.NEGATIVE_INFINITY;
    }
  }

  sorted(): Neighbour[] {
    return this.#rows.map((row, index) => ({
      row,
      similarity: Math.min(1, Math.max(-1, this.#similarities[index] ?? 0)),
    }));
  }
}
