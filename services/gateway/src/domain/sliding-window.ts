/** What a limiter knows of one identity: requests in the window now and in the one before. */
export interface WindowCounts {
  readonly current: number;
  readonly previous: number;
  /** How far the window is, milliseconds. */
  readonly elapsedMs: number;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Requests left now. */
  readonly remaining: number;
  /** Denied: when one more fits. Allowed: when the window ends. Milliseconds from now. */
  readonly resetMs: number;
}

/**
 * The sliding window from two counters: requests of the window before count by the share of it that the last
 * `windowMs` still cover. `counts` are those before this request; a denial consumes nothing.
 */
export function decide(counts: WindowCounts, limit: number, windowMs: number): Decision {
  const { current, previous, elapsedMs } = counts;
  const used = current + previous * (1 - elapsedMs / windowMs);
  const isAllowed = used + 1 <= limit;
  if (isAllowed) {
    return {
      isAllowed,
      remaining: Math.max(0, Math.floor(limit - used - 1)),
      resetMs: windowMs - elapsedMs,
    };
  }
  return { isAllowed, remaining: 0, resetMs: waitMs(counts, limit, windowMs) };
}

/** Time until one more fits, if nothing else comes. */
function waitMs(counts: WindowCounts, limit: number, windowMs: number): number {
  const { current, previous, elapsedMs } = counts;
  const room = Math.max(0, limit - 1);
  if (previous > 0 && current <= room) {
    return Math.max(0, windowMs * (1 - (room - current) / previous) - elapsedMs);
  }
  // It fits only in the next window, once enough of what is counted now has faded.
  return windowMs - elapsedMs + (current > room ? windowMs * (1 - room / current) : 0);
}
