/** One page of a list and how to ask for the next; `next` is absent on the last. */
export interface Page<T, C> {
  readonly items: readonly T[];
  readonly next: C | null | undefined;
}

/** A list of the API: `for await` reads page after page, `page` one of them. */
export class Listing<T, C = string> implements AsyncIterable<T> {
  readonly #fetchPage: (cursor: C | undefined) => Promise<Page<T, C>>;

  constructor(fetchPage: (cursor: C | undefined) => Promise<Page<T, C>>) {
    this.#fetchPage = fetchPage;
  }

  /** The page at `next` of the one before; without it the first. */
  page(cursor?: C): Promise<Page<T, C>> {
    return this.#fetchPage(cursor);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let cursor: C | undefined;
    do {
      const { items, next } = await this.#fetchPage(cursor);
      yield* items;
      cursor = next ?? undefined;
    } while (cursor !== undefined);
  }

  /** All of it, or the first `limit`. */
  async toArray(limit: number = Number.POSITIVE_INFINITY): Promise<T[]> {
    const items: T[] = [];
    if (limit < 1) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= limit) break;
    }
    return items;
  }
}
