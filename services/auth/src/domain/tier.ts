import { type Tier__Output, type TierName, tierNames } from '@sillage/contracts';

/** What a tenant has agreed to, as it is stored. */
export const tiers = tierNames;
export type Tier = TierName;

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
