import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Grant, slotsPerWindow } from '../domain/sliding-window.ts';
import type { Debt, IdentityAsk, Membership, SharedCounts } from './shared-counts.ts';

/**
 * `take` of domain/sliding-window.ts, for each key in turn, in one atomic step. A hash an identity: slot → count.
 * Redis' own clock decides the slot, so that pods need not agree on the time.
 */
const takeScript = `
local slots = ${slotsPerWindow}
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local answers = {}
for i, key in ipairs(KEYS) do
  local limit, window, wanted = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local slotMs = window / slots
  local slot = math.floor(now / slotMs)
  local stored = redis.call('HGETALL', key)
  local live, gone, used = {}, {}, 0
  for j = 1, #stored, 2 do
    local at, count = tonumber(stored[j]), tonumber(stored[j + 1])
    if at >= slot - slots then
      live[at] = count
      used = used + count
    else
      gone[#gone + 1] = stored[j]
    end
  end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  local granted = math.max(0, math.min(wanted, limit - used))
  if granted > 0 then
    redis.call('HINCRBY', key, slot, granted)
    redis.call('PEXPIRE', key, math.ceil(window + slotMs))
    live[slot] = (live[slot] or 0) + granted
    used = used + granted
  end
  local left, free = used, now
  while next(live) and left >= math.min(used, limit) do
    local oldest
    for at in pairs(live) do
      if not oldest or at < oldest then oldest = at end
    end
    left = left - live[oldest]
    live[oldest] = nil
    free = (oldest + slots + 1) * slotMs
  end
  -- Lua's numbers lose their fraction on the way out; a wait is rounded up.
  answers[#answers + 1] = { granted, used, math.ceil(math.max(0, free - now)), slot }
end
return answers
`;
const takeSha = createHash('sha1').update(takeScript).digest('hex');

const prefix = 'sillage:limit';
const gatewaysKey = 'sillage:gateways';
/** A gateway that has not been heard of for so long is gone. */
const gatewayLifeMs = 15_000;

/** Counts of the limits in Redis, shared by every pod that uses it. Not for a Redis cluster: a call has many keys. */
export class RedisCounts implements SharedCounts {
  readonly #redis: Redis;
  readonly #now: (() => number) | undefined;
  #run = '';

  /** `now` replaces the clock of Redis; for tests. The connection stays the caller's to close. */
  constructor(redis: Redis, now?: () => number) {
    this.#redis = redis;
    this.#now = now;
  }

  async take(asks: readonly IdentityAsk[]): Promise<readonly Grant[]> {
    const keys = asks.map(({ identity }) => this.#keyOf(identity));
    const values = [
      this.#now?.() ?? -1,
      ...asks.flatMap(({ limit, windowMs, wanted }) => [limit, windowMs, wanted]),
    ];
    const answers = await this.#evaluate(keys, values);
    return answers.map(([granted, used, resetMs, slot]) => ({ granted, used, resetMs, slot }));
  }

  /**
   * The run is that of the Redis process: what one counted is not looked for in the next, whatever it kept on disk,
   * since each gateway tells it anew what it let pass.
   */
  async join(gateway: string): Promise<Membership> {
    const info = await this.#redis.info('server');
    const run = /^run_id:(\w+)/m.exec(info)?.[1];
    if (run === undefined) throw new Error('this Redis does not tell its run_id');
    const now = Date.now();
    const gateways = await this.#redis
      .multi()
      .zadd(gatewaysKey, now, gateway)
      .zremrangebyscore(gatewaysKey, '-inf', now - gatewayLifeMs)
      .zcard(gatewaysKey)
      .exec();
    this.#run = run;
    return { run, gateways: Number(gateways?.[2]?.[1] ?? 1) };
  }

  async add(debts: readonly Debt[]): Promise<void> {
    if (debts.length === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const { identity, windowMs, counts } of debts) {
      const key = this.#keyOf(identity);
      for (const { slot, count } of counts) pipeline.hincrby(key, String(slot), count);
      pipeline.pexpire(key, Math.ceil(windowMs * (1 + 1 / slotsPerWindow)));
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  async leave(gateway: string): Promise<void> {
    await this.#redis.zrem(gatewaysKey, gateway);
  }

  onLost(listener: () => void): void {
    this.#redis.on('close', listener);
  }

  #keyOf(identity: string): string {
    return `${prefix}:${this.#run}:${identity}`;
  }

  async #evaluate(keys: string[], values: number[]): Promise<[number, number, number, number][]> {
    let answers: unknown;
    try {
      answers = await this.#redis.evalsha(takeSha, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      answers = await this.#redis.eval(takeScript, keys.length, ...keys, ...values);
    }
    // The script above returns exactly four whole numbers for each key.
    return answers as [number, number, number, number][];
  }
}
