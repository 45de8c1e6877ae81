/** Odour notes and their probabilities, most probable first; both run in parallel. */
export interface RankedNotes {
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
}

/** The `count` most probable labels; equal probabilities keep the order of the labels. */
export function topNotes(probabilities: Float32Array, labels: readonly string[], count: number): RankedNotes {
  // Kept sorted while reading: few are asked for, and this runs on the event loop for every row.
  const order: number[] = [];
  for (const [index, probability] of probabilities.entries()) {
    if (order.length >= count && probability <= (probabilities[order.at(-1) ?? 0] ?? 0)) continue;
    let place = order.length;
    while (place > 0 && (probabilities[order[place - 1] ?? 0] ?? 0) < probability) place -= 1;
    order.splice(place, 0, index);
    if (order.length > count) order.pop();
  }
  return {
    notes: order.map((index) => labels[index] ?? ''),
    probabilities: order.map((index) => probabilities[index] ?? 0),
  };
}
