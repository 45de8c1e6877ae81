import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from './errors.ts';

export interface GroupedOptions<Item, Answer> {
  /**
   * Does it for all of them at once, or for none: it rejects when nothing was done, or as `unavailable` when nobody
   * knows. Answers come in the order of the items.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Items of one call. */
  readonly most: number;
}

interface Entry<Item, Answer> extends PromiseWithResolvers<Answer> {
  readonly item: Item;
}

/**
 * One call for many: what comes while a call is under way goes together in the next, so that the busier it is, the less
 * each costs; who comes alone waits for nobody. Where a group is refused each of it is tried alone, so that none
 * takes others with it.
 */
export class Grouped<Item, Answer> {
  readonly #options: GroupedOptions<Item, Answer>;
  readonly #waiting: Entry<Item, Answer>[] = [];
  /** A group belongs to no request: it must not end with the one that came first. */
  readonly #apart = AsyncLocalStorage.snapshot();
  #isRunning = false;

  constructor(options: GroupedOptions<Item, Answer>) {
    this.#options = options;
  }

  add(item: Item): Promise<Answer> {
    const entry = { item, ...Promise.withResolvers<Answer>() };
    this.#waiting.push(entry);
    if (!this.#isRunning) {
      this.#isRunning = true;
      // After what else arrives in this turn of the loop.
      this.#apart(() => setImmediate(() => void this.#runAll()));
    }
    return entry.promise;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#run(this.#waiting.splice(0, this.#options.most));
    this.#isRunning = false;
  }

  async #run(group: readonly Entry<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      const mayBeDone =
        error instanceof AppError && (error.code === 'unavailable' || error.code === 'deadline');
      if (group.length === 1 || mayBeDone) for (const { reject } of group) reject(error);
      else for (const entry of group) await this.#run([entry]);
    }
  }
}
