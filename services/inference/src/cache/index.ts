/** The cache of rows, for tests that hold its tiers against real stores. */
export { DiskTier } from './disk-tier.ts';
export { GuardedTier } from './guarded-tier.ts';
export { RedisTier } from './redis-tier.ts';
export { rowCodec } from './row-codec.ts';
export type { CacheTier } from './tier.ts';
export { TieredCache } from './tiered-cache.ts';
