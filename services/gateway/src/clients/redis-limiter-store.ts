import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Decision, decide } from '../domain/sliding-window.ts';
import type { LimiterStore, Take } from './limiter-store.ts';

/**
 * One hash an identity: the number of its window and two counts. Redis' own clock decides the window, so that pods
 * need not agree on the time. The same rule as domain/sliding-window.ts, in one atomic step; it answers the counts
 * from before this request, from which the decision is made again for its remaining and reset.
 */
const script = `
local now = tonumber(ARGV[4])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local limit, windowMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local window = math.floor(now / windowMs)
local elapsed = now - window * windowMs
local stored = redis.call('HMGET', KEYS[1], 'w', 'c', 'p')
local was, current, previous = tonumber(stored[1]) or window, tonumber(stored[2]) or 0, tonumber(stored[3]) or 0
if was ~= window then
  previous = (was == window - 1) and current or 0
  current = 0
end
if ARGV[3] == '1' and current + previous * (1 - elapsed / windowMs) + 1 <= limit then
  redis.call('HSET', KEYS[1], 'w', window, 'c', current + 1, 'p', previous)
  redis.call('PEXPIRE', KEYS[1], windowMs * 2)
end
return { current, previous, elapsed }
`;
const scriptSha = createHash('sha1').update(script).digest('hex');

/** Limits shared by every pod that uses this Redis. */
export class RedisLimiterStore implements LimiterStore {
  readonly #redis: Redis;
  readonly #now: (() => number) | undefined;

  /** `now` replaces the clock of Redis; for tests. The connection stays the caller's to close. */
  constructor(redis: Redis, now?: () => number) {
    this.#redis = redis;
    this.#now = now;
  }

  async take({ identity, limit, windowMs, isCounted }: Take): Promise<Decision> {
    const key = `sillage:limit:${identity}`;
    const values = [limit, windowMs, isCounted ? '1' : '0', this.#now?.() ?? -1];
    const [current, previous, elapsedMs] = await this.#run(key, values);
    return decide({ current, previous, elapsedMs }, limit, windowMs);
  }

  async #run(key: string, values: (string | number)[]): Promise<[number, number, number]> {
    let answer: unknown;
    try {
      answer = await this.#redis.evalsha(scriptSha, 1, key, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      answer = await this.#redis.eval(script, 1, key, ...values);
    }
    // The script above returns exactly three whole numbers.
    return answer as [number, number, number];
  }
}
