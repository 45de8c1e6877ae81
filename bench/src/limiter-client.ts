import { once } from 'node:events';
import { PostgresCounts, RedisCounts, SharedLimiter } from '@sillage/gateway/limiter';
import { createLog, Database } from '@sillage/kit';
import { connectRedis } from '@sillage/kit/redis';

/** What one of the two processes is to do: a closed loop of decisions about keys in turn. */
export interface ClientTask {
  readonly store: 'redis' | 'postgres';
  readonly url: string;
  readonly prefix: string;
  readonly keys: number;
  readonly limit: number;
  readonly seconds: number;
  readonly inFlight: number;
}

export interface Admitted {
  readonly decisions: number;
  /** By key. */
  readonly admitted: readonly number[];
}

const [task] = (await once(process, 'message')) as [ClientTask];
const { log } = await createLog({ service: 'bench', level: 'warn' });
const limiter = new SharedLimiter({
  counts: await openCounts(task),
  gateway: `bench-${process.pid}`,
  log,
  // A busy machine must not pass for a store that is away.
  timeoutMs: 10_000,
});
await limiter.start();
const admitted = new Array<number>(task.keys).fill(0);
let decisions = 0;
const endMs = performance.now() + task.seconds * 1000;
await Promise.all(
  Array.from({ length: task.inFlight }, async (_, first) => {
    for (let step = first; performance.now() < endMs; step += task.inFlight) {
      const key = step % task.keys;
      const identity = `${task.prefix}:${key}`;
      const decision = await limiter.take({
        identity,
        limit: task.limit,
        windowMs: 3_600_000,
        isCounted: true,
      });
      decisions += 1;
      if (decision.isAllowed) admitted[key] = (admitted[key] ?? 0) + 1;
    }
  }),
);
const answer: Admitted = { decisions, admitted };
process.send?.(answer);

async function openCounts({ store, url }: ClientTask) {
  if (store === 'postgres') {
    return new PostgresCounts(new Database({ url, poolSize: 2, applicationName: 'bench', log }));
  }
  const redis = connectRedis(url, 'fail-fast', log);
  await once(redis, 'ready');
  return new RedisCounts(redis);
}
