import { Redis } from 'ioredis';
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts';

/** Below it the queue lacks commands that it works with. */
const leastVersion = [6, 2] as const;
const timeoutMs = 3000;

/** Reachable, of a version that serves, and one that drops nothing: BullMQ keeps its queues there. */
export async function checkRedis(url: string): Promise<Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    disconnectTimeout: 100,
    retryStrategy: () => null,
  });
  let cause: unknown;
  redis.on('error', (error: Error) => {
    cause = error;
  });
  try {
    await redis.connect();
    const server = fieldsOf(await redis.info('server'));
    const memory = fieldsOf(await redis.info('memory'));
    return [
      judgeVersion(server.get('redis_version') ?? '0'),
      judgeEviction(memory.get('maxmemory_policy') ?? '', memory),
    ];
  } catch (error) {
    return [unreachable(url, cause ?? error)];
  } finally {
    redis.disconnect();
  }
}

function unreachable(url: string, error: unknown): Finding {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const reason = reasonOf(error);
  const fix = /NOAUTH|WRONGPASS|AUTH/.test(reason)
    ? 'put the right password into REDIS_URL: redis://:PASSWORD@HOST:6379'
    : `start Redis at ${host}, or put its address into REDIS_URL`;
  return fail('redis.reachable', `Redis at ${host} does not let us in: ${reason}`, fix);
}

function judgeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])) {
    return ok('redis.reachable', `Redis ${version}`);
  }
  return fail(
    'redis.reachable',
    `Redis ${version} is too old`,
    `move to Redis ${leastVersion.join('.')} or later`,
  );
}

function judgeEviction(policy: string, memory: ReadonlyMap<string, string>): Finding {
  const check = 'redis.eviction';
  const limit = Number(memory.get('maxmemory') ?? 0);
  if (policy !== 'noeviction') {
    const fix =
      'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf (chart: redis.bundled.maxMemoryPolicy)';
    return fail(check, `Redis drops keys when it is full (${policy}): jobs of the queue would be lost`, fix);
  }
  const used = Number(memory.get('used_memory') ?? 0);
  if (limit > 0 && used > 0.9 * limit) {
    const fix = 'redis-cli CONFIG SET maxmemory to more: full, it refuses to take jobs';
    return warn(check, `Redis has used ${Math.round((100 * used) / limit)} % of its memory`, fix);
  }
  return ok(check, 'Redis drops nothing (noeviction)');
}

/** `name:value` lines of INFO. */
function fieldsOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}
