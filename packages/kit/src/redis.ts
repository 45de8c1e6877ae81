import { Redis } from 'ioredis';
import type { Log } from './log.ts';

/**
 * How a connection behaves when Redis is away. `fail-fast`: commands reject at once (requests, producers).
 * `wait`: commands wait until it is back (queue consumers).
 */
export type RedisMode = 'fail-fast' | 'wait';

/**
 * The one way the fleet connects to Redis. The caller closes what it opened. Imported where REDIS_URL is set, and only
 * there (`@sillage/kit/redis`): a service without Redis does not carry its client.
 */
export function connectRedis(url: string, mode: RedisMode, log: Log): Redis {
  const patience =
    mode === 'wait'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 1000 };
  const redis = new Redis(url, {
    ...patience,
    connectTimeout: 2000,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
  });
  redis.on('error', (error: Error) => log.debug({ reason: error.message }, 'redis connection'));
  return redis;
}
