// The whole fleet in a process of its own, so that all of it runs on the cores it is given: gateway with keys, limits,
// metrics and log, gRPC, inference, Redis. Says where it is and stops when it is told to.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, findRedis, startFleet } from '@sillage/fleet';
import { makeKeys, makeTenantKeys } from '../keys.ts';
import { startRedis } from '../redis.ts';

/** Told by the parent as the first argument, JSON. */
export interface SillageOptions {
  /** False: nothing is kept of any answer, so that every molecule is new however often it is asked. */
  readonly caches: boolean;
  readonly keys: number;
  /** Starts twice and says how long the second start took. */
  readonly timesStart: boolean;
}

export interface SillageReady {
  readonly url: string;
  readonly keys: readonly string[];
  /** One of each of several tenants without an hourly limit. */
  readonly tenantKeys: readonly string[];
  readonly gatewayMetrics: string;
  readonly redisUrl: string | undefined;
  readonly inferenceTarget: string;
  /** Processes by service, for their memory. */
  readonly pids: Readonly<Record<string, number | undefined>>;
  /** Seconds that the last start took, to ready. */
  readonly startSeconds: number;
}

const options = JSON.parse(process.argv[2] ?? '') as SillageOptions;
const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
const redis = findRedis() === undefined ? undefined : await startRedis(dataDir);
let fleet: Fleet | undefined;
let isStopping = false;
const stop = async () => {
  if (isStopping) return;
  isStopping = true;
  await fleet?.stop();
  redis?.process.kill();
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());

const off = { CACHE_MEMORY_MB: '0', CACHE_SIZE_MB: '0', CACHE_WARM_ROWS: '0' };
const start = () =>
  startFleet({
    dataDir: join(dataDir, 'fleet'),
    port: 0,
    host: '127.0.0.1',
    redisUrl: redis?.url,
    env: { LOG_LEVEL: 'info', ...(options.caches ? {} : off) },
  });
// The first start makes the database and compiles; a user waits for it once.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  void stop();
});
if (options.timesStart) await (await start()).stop();
const started = performance.now();
fleet = await start();
const startSeconds = (performance.now() - started) / 1000;
const ready: SillageReady = {
  url: `${fleet.url}/api/v1/predict`,
  keys: await makeKeys(fleet, options.keys),
  tenantKeys: await makeTenantKeys(fleet, 64),
  gatewayMetrics: `${fleet.ops.gateway}/metrics`,
  redisUrl: redis?.url,
  inferenceTarget: fleet.targets.inference,
  pids: Object.fromEntries(Object.entries(fleet.processes).map(([name, { pid }]) => [name, pid])),
  startSeconds,
};
process.send?.(ready);
await once(process, 'disconnect');
