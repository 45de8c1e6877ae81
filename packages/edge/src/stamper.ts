/** Back by more than this is a clock that was set, not one that jitters. */
const stepMs = 1000;

/**
 * Times for readings that bring none: ours, in milliseconds, each later than the one before, since the fleet keeps one
 * reading of a device for each millisecond. A clock that is set back is followed, as readings an hour in the future
 * would be worse.
 */
export class Stamper {
  #lastMs = 0;
  #clockMs = 0;
  /** How often the clock was set back. */
  steps = 0;

  stamp(nowMs: number): number {
    if (nowMs < this.#clockMs - stepMs) {
      this.steps += 1;
      this.#lastMs = nowMs - 1;
    }
    this.#clockMs = nowMs;
    this.#lastMs = Math.max(nowMs, this.#lastMs + 1);
    return this.#lastMs;
  }
}
