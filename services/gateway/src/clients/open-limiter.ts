import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type BaseConfig,
  type Database,
  type Schema,
  type Secret,
  type ServiceContext,
  type Stores,
  sqlSchema,
} from '@sillage/kit';
import type { LimiterStore } from './limiter-store.ts';
import { MemoryLimiterStore } from './memory-limiter-store.ts';
import { PostgresCounts } from './postgres-counts.ts';
import type { SharedCounts } from './shared-counts.ts';
import { SharedLimiter } from './shared-limiter.ts';

export const limitStores = ['redis', 'postgres', 'memory'] as const;

type Context = ServiceContext<
  BaseConfig & {
    readonly DATABASE_URL: Secret;
    readonly REDIS_URL?: Secret | undefined;
    readonly RATE_LIMIT_STORE?: (typeof limitStores)[number] | undefined;
  }
>;

const startWaitMs = 1000;
const migrations = join(import.meta.dirname, '..', '..', 'migrations');

/** The schema `gateway`, where limits are counted in Postgres. */
export function limiterSchema({ databaseUrl }: Stores): Schema {
  return sqlSchema({ url: databaseUrl, directory: migrations, schema: 'gateway' });
}

/** Limits where the configuration wants them counted: in Redis where there is one, else in Postgres. */
export async function openLimiter(context: Context, database: Database): Promise<LimiterStore> {
  const { config, log, metrics, defer } = context;
  const store = config.RATE_LIMIT_STORE ?? (config.REDIS_URL ? 'redis' : 'postgres');
  if (store === 'memory') return new MemoryLimiterStore();
  const counts = store === 'redis' ? await redisCounts(context) : new PostgresCounts(database);
  const limiter = new SharedLimiter({ counts, gateway: randomUUID(), log, metrics });
  defer('limits', () => limiter.close());
  await limiter.start();
  return limiter;
}

async function redisCounts({ config, log, defer }: Context): Promise<SharedCounts> {
  if (!config.REDIS_URL) throw new Error('RATE_LIMIT_STORE=redis needs REDIS_URL');
  const [{ connectRedis }, { RedisCounts }] = await Promise.all([
    import('@sillage/kit/redis'),
    import('./redis-counts.ts'),
  ]);
  const redis = connectRedis(config.REDIS_URL.reveal(), 'fail-fast', log);
  defer('redis', () => redis.disconnect());
  // A Redis that is there is joined before the first request; one that is away is not waited for.
  await once(redis, 'ready', { signal: AbortSignal.timeout(startWaitMs) }).catch(() => {});
  return new RedisCounts(redis);
}
