/** Odour notes and their probabilities, most probable first; both run in parallel. */
export interface RankedNotes {
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
}

/** The `count` most probable labels; equal probabilities keep the order of the labels. */
export function topNotes(probabilities: Float32Array, labels: readonly string[], count: number): RankedNotes {
  const order = Array.from(probabilities.keys())
    .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0) || a - b)
    .slice(0, count);
  return {
    notes: order.map((index) => labels[index] ?? ''),
    probabilities: order.map((index) => probabilities[index] ?? 0),
  };
}
