import type { ErrorCode } from '@sillage/kit';

/** Wait before the first retry, milliseconds; doubled with each further failure. */
const firstDelayMs = 500;
/** Longest wait: a dependency that came back is found again this soon. */
const maxDelayMs = 30_000;

/**
 * How many failures a chunk survives. Somebody who is away or busy comes back: 20 failures are about six minutes of
 * trying. A fault of ours may be a flake, so it gets two more chances. What is wrong with the request stays wrong.
 */
function failureBudget(code: ErrorCode): number {
  switch (code) {
    case 'unavailable':
    case 'overloaded':
    case 'deadline':
    case 'rate_limited':
    case 'cancelled':
      return 20;
    case 'internal':
    case 'model_failed':
      return 2;
    default:
      return 0;
  }
}

export type Verdict = { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'dead' };

/**
 * What happens to a chunk after an error. `failures` counts the ones before this; `random` is 0 up to 1 and spreads
 * the retries of many chunks over the upper half of the wait.
 */
export function judge(
  error: { readonly code: ErrorCode; readonly retryAfterS?: number | undefined },
  failures: number,
  random: number,
): Verdict {
  if (failures >= failureBudget(error.code)) return { kind: 'dead' };
  const backoffMs = Math.min(firstDelayMs * 2 ** failures, maxDelayMs) * (0.5 + random / 2);
  const askedMs = Math.min((error.retryAfterS ?? 0) * 1000, maxDelayMs);
  return { kind: 'retry', delayMs: Math.max(backoffMs, askedMs) };
}
