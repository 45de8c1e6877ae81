import { HitRate, type Log, type Metrics, showCache, showVolumes } from '@sillage/kit';
import type { InferenceConfig } from '../config.ts';
import type { RowOutputs } from '../serving/engines.ts';
import { DiskTier } from './disk-tier.ts';
import { GuardedTier } from './guarded-tier.ts';
import { rowCodec } from './row-codec.ts';
import type { CacheTier } from './tier.ts';
import { TieredCache } from './tiered-cache.ts';

/** Rows of the odour models. */
export type RowCache = TieredCache<RowOutputs>;

const megabyte = 1024 * 1024;

/** Memory always; Redis and the disk where they are configured. Nothing is waited for: a tier that is away is skipped. */
export async function openRowCache(options: {
  config: Pick<
    InferenceConfig,
    'CACHE_MEMORY_MB' | 'CACHE_SIZE_MB' | 'CACHE_TTL_HOURS' | 'CACHE_DIR' | 'REDIS_URL'
  >;
  metrics: Metrics;
  log: Log;
  defer: (what: string, close: () => Promise<void>) => void;
}): Promise<RowCache> {
  const { config, metrics, log, defer } = options;
  const ttlMs = config.CACHE_TTL_HOURS * 3_600_000;
  const maxBytes = config.CACHE_SIZE_MB * megabyte;
  const tiers: CacheTier[] = [];
  const redisUrl = config.REDIS_URL?.reveal();
  if (redisUrl && maxBytes > 0) {
    const [{ connectRedis }, { RedisTier }] = await Promise.all([
      import('@sillage/kit/redis'),
      import('./redis-tier.ts'),
    ]);
    const redis = connectRedis(redisUrl, 'fail-fast', log);
    defer('redis', async () => redis.disconnect());
    tiers.push(new RedisTier({ redis, maxBytes, ttlMs }));
  }
  if (config.CACHE_DIR && maxBytes > 0) {
    tiers.push(new DiskTier({ folder: config.CACHE_DIR, maxBytes, ttlMs }));
  }
  const memoryHitRate = new HitRate();
  const failures = metrics.counter('olfactory_cache_failures_total');
  const guarded = tiers.map((tier) => {
    for (const direction of ['read', 'write'] as const) failures.inc({ tier: tier.name, direction }, 0);
    return new GuardedTier({
      tier,
      log,
      hitRate: new HitRate(),
      onFailure: (direction) => failures.inc({ tier: tier.name, direction }),
    });
  });
  showCache(metrics, {
    memory: memoryHitRate,
    ...Object.fromEntries(guarded.map(({ name, hitRate }) => [name, hitRate])),
  });
  if (config.CACHE_DIR) {
    const ended = showVolumes({ cache: config.CACHE_DIR }, metrics, log);
    defer('look at the cache volume', async () => ended());
  }
  const cache = new TieredCache({
    codec: rowCodec,
    maxBytes: config.CACHE_MEMORY_MB * megabyte,
    ttlMs,
    memoryHitRate,
    tiers: guarded,
  });
  defer('cache', () => cache.close());
  return cache;
}
