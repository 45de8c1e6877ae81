/**
 * How often something may be done: once each `everyMs` in the long run, and up to `lateMs` of turns that were not taken
 * are made up for (the generic cell rate algorithm, ITU-T I.371). So who comes once a second, one of them late, waits
 * for none of the next.
 */
export class Turns {
  readonly #everyMs: number;
  readonly #lateMs: number;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly everyMs: number; readonly lateMs: number }) {
    this.#everyMs = options.everyMs;
    this.#lateMs = options.lateMs;
  }

  /** Takes the next turn; milliseconds until it comes, 0 where it has. */
  take(nowMs: number): number {
    const turnMs = Math.max(this.#nextMs, nowMs - this.#lateMs);
    this.#nextMs = turnMs + this.#everyMs;
    return Math.max(0, turnMs - nowMs);
  }
}
