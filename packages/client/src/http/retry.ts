import {
  ApiError,
  ConnectionError,
  QuotaError,
  RateLimitError,
  TimeoutError,
  UnavailableError,
} from '../errors.ts';

/** The first wait is up to this; each further one up to twice as much. */
const firstWaitMs = 500;
const longestWaitMs = 8000;

export interface RetryPolicy {
  /** How often at most, after the first attempt. */
  readonly maxRetries: number;
  /** A Retry-After beyond this is not waited for: the error is thrown, which says how long it would be. */
  readonly maxRetryAfterMs: number;
}

/** Whether the same request may go well another time. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  if (error instanceof QuotaError) return false;
  if (error instanceof RateLimitError || error instanceof UnavailableError) return true;
  return error instanceof ApiError && error.status === 408;
}

/**
 * Milliseconds to wait before the next attempt, or undefined where there must be none. Without Retry-After it is drawn
 * from 0 up to a bound that doubles (full jitter), so that many clients do not come back together; with it, from there
 * up to a tenth later.
 * @param attempt retries made so far
 * @param random from 0 to 1
 */
export function retryWaitMs(
  error: unknown,
  attempt: number,
  { maxRetries, maxRetryAfterMs }: RetryPolicy,
  random: number,
): number | undefined {
  if (attempt >= maxRetries || !isTransient(error)) return undefined;
  const backoff = random * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  const askedMs = error instanceof ApiError && error.retryAfterS !== undefined && error.retryAfterS * 1000;
  if (askedMs === false) return backoff;
  if (askedMs > maxRetryAfterMs) return undefined;
  return askedMs === 0 ? backoff : askedMs * (1 + random / 10);
}
