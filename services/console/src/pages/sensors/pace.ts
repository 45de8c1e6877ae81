/** Between two looks at a device, milliseconds: as often as a person can follow. */
const usualLookMs = 2000;
/** Between two looks where the credential's limit is nearly used up, or the API refuses to answer. */
export const slowestMs = 60_000;
/** Requests that each look costs. */
const requestsALook = 2;

/**
 * How long to wait before the next look, by the RateLimit header of the last answer (`"hour";r=90;t=1800`): half of what
 * is left until the window begins anew may be used up here.
 */
export function paceOf(rateLimit: string | null, usualMs = usualLookMs): number {
  const remaining = Number(/;r=(\d+)/.exec(rateLimit ?? '')?.[1] ?? Number.NaN);
  const resetS = Number(/;t=(\d+)/.exec(rateLimit ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(remaining) || Number.isNaN(resetS)) return usualMs;
  const fairMs = (resetS * 1000 * requestsALook) / Math.max(1, remaining / 2);
  return Math.min(slowestMs, Math.max(usualMs, fairMs));
}
