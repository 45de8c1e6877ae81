import { AppError } from '@sillage/kit';

/** Room for work in flight. A request takes what all its rows need, or nothing: half a request helps nobody. */
export class Permits {
  readonly limit: number;
  /** Of what; a label of metrics. */
  readonly what: string;
  #taken = 0;

  constructor(limit: number, what: string) {
    this.limit = limit;
    this.what = what;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Gives back what was taken when called. @throws AppError overloaded. */
  take(count: number): () => void {
    if (this.#taken + count > this.limit) {
      throw new AppError(
        'overloaded',
        `this server works on ${this.#taken} ${this.what} and takes at most ${this.limit}; try again shortly`,
        { retryAfterS: 1 },
      );
    }
    this.#taken += count;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= count;
      isHeld = false;
    };
  }
}
