export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  /** From 0 to 1. */
  random: () => number;
}

/** How long to wait before trying again: twice as long each time, half of it by chance, never less than was asked for. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds; `atLeastMs` is what the other side asked for. */
  next(atLeastMs = 0): number {
    const { firstMs, longestMs, random } = this.#options;
    const whole = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.max(atLeastMs, whole / 2) + (random() * whole) / 2;
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Seconds or a date of HTTP (RFC 9110, 10.2.3) as milliseconds from now; 0 for what is neither. At most an hour. */
export function retryAfterMs(value: string | undefined | null, nowMs: number): number {
  if (!value) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : 0;
}
