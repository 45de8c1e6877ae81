import type { Tier__Output } from '@sillage/contracts';

/** What a tenant has agreed to, as it is stored. */
export const tiers = ['free', 'basic', 'pro', 'enterprise'] as const;
export type Tier = (typeof tiers)[number];

/** Requests an hour; undefined: no limit. */
export const hourlyLimits = {
  free: 100,
  basic: 1000,
  pro: 10_000,
  enterprise: undefined,
} as const satisfies Record<Tier, number | undefined>;

const wireNames = {
  free: 'TIER_FREE',
  basic: 'TIER_BASIC',
  pro: 'TIER_PRO',
  enterprise: 'TIER_ENTERPRISE',
} as const satisfies Record<Tier, Tier__Output>;

export function tierToWire(tier: Tier): (typeof wireNames)[Tier] {
  return wireNames[tier];
}

/** Undefined for TIER_UNSPECIFIED and for a tier of a later version, which arrives as a number. */
export function tierFromWire(wire: string | number): Tier | undefined {
  return tiers.find((tier) => wireNames[tier] === wire);
}
