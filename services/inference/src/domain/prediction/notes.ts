/** Odour notes and their probabilities, most probable first; both run in parallel. */
export interface RankedNotes {
  readonly notes: readonly string[];
  readonly probabilities: readonly number[];
}

/** The `count` most probable labels; equal probabilities keep the order of the labels. */
export function topNotes(probabilities: Float32Array, labels: readonly string[], count: number): RankedNotes {
  // Kept sorted while reading: few are asked for, and this runs on the event loop for every row.
  const most = Math.min(count, probabilities.length);
  const order: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < probabilities.length; index++) {
    const probability = probabilities[index] ?? 0;
    if (order.length === most && probability <= least) continue;
    let place = order.length < most ? order.length : most - 1;
    for (; place > 0 && (probabilities[order[place - 1] ?? 0] ?? 0) < probability; place--) {
      order[place] = order[place - 1] ?? 0;
    }
    order[place] = index;
    least = probabilities[order[order.length - 1] ?? 0] ?? 0;
  }
  return {
    notes: order.map((index) => labels[index] ?? ''),
    probabilities: order.map((index) => probabilities[index] ?? 0),
  };
}
