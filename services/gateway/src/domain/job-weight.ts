import type { Caller } from '../http/exchange.ts';

/** Shares of the workers by requests an hour of the tier: the better tier goes first, and none waits for ever. */
const weights = [
  { hourlyLimit: 100, weight: 1 },
  { hourlyLimit: 1000, weight: 2 },
  { hourlyLimit: 10_000, weight: 4 },
] as const;
const unlimitedWeight = 8;

/** The share of a caller's jobs against those of other tenants. */
export function weightOf({ hourlyLimit }: Pick<Caller, 'hourlyLimit'>): number {
  if (hourlyLimit === undefined) return unlimitedWeight;
  return weights.findLast((tier) => hourlyLimit >= tier.hourlyLimit)?.weight ?? 1;
}
