/** Cuts what comes into lists of at most `size`. */
export async function* batches<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * What `work` makes of each item, in their order, with at most `concurrency` of them in hand. The next item is taken
 * only when there is room; after a failure, or when the reader stops, the signal given to `work` aborts.
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T>,
  concurrency: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const leaving = new AbortController();
  const inHand: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item, leaving.signal);
      // It is awaited below, maybe after another has failed.
      result.catch(() => {});
      inHand.push(result);
      if (inHand.length >= concurrency) yield* next(inHand);
    }
    while (inHand.length > 0) yield* next(inHand);
  } finally {
    leaving.abort();
  }
}

/** The oldest of those in hand. */
async function* next<R>(inHand: Promise<R>[]): AsyncGenerator<R> {
  for (const first of inHand.splice(0, 1)) yield await first;
}
