import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, localApiKey, type Postgres, startFleet, startPostgres } from '@sillage/fleet';
import { type ApiClient, apiClient } from './api-client.ts';
import { startTestRedis } from './redis.ts';
import { startTraceReceiver, type TraceReceiver } from './trace-receiver.ts';

export type Mode = 'embedded' | 'fleet';

/** A whole fleet on this machine with a key of its own, in a folder that goes with it. */
export interface TestFleet {
  readonly mode: Mode;
  readonly fleet: Fleet;
  readonly api: ApiClient;
  readonly key: string;
  readonly traces: TraceReceiver;
  /** Takes Postgres away; `restore` brings the same data back on the same port. */
  stopPostgres: () => Promise<{ restore: () => Promise<void> }>;
  stop: () => Promise<void>;
}

/** Embedded: as `npm start` runs. Fleet: the same services on a Postgres and a Redis given by their URLs. */
export async function startTestFleet(mode: Mode): Promise<TestFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-e2e-'));
  // Postgres runs as another user when we are root, and must be able to pass through.
  chmodSync(folder, 0o755);
  const closers: (() => Promise<unknown> | unknown)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
  ];
  const stop = async () => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    const traces = await startTraceReceiver();
    closers.push(traces.stop);
    const dataDir = join(folder, 'data');
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      LOG_LEVEL: 'debug',
      RATE_LIMIT_PER_MINUTE: '10000',
    };
    const external = mode === 'fleet' ? await startExternal(join(folder, 'postgres'), closers) : undefined;
    const fleet = await startFleet({
      dataDir,
      port: 0,
      host: '127.0.0.1',
      env,
      ...(external ? { databaseUrl: external.postgres.url, redisUrl: external.redisUrl } : {}),
    });
    closers.push(fleet.stop);
    const key = await localApiKey(fleet);
    let postgres = external?.postgres ?? fleet.postgres;
    return {
      mode,
      fleet,
      key,
      traces,
      api: apiClient(fleet.url, key),
      stopPostgres: async () => {
        if (!postgres) throw new Error('there is no Postgres to stop');
        const { port } = postgres;
        const folderOfData = external ? join(folder, 'postgres') : fleet.data.postgres;
        await postgres.stop();
        return {
          restore: async () => {
            postgres = await startPostgres({ dataDir: folderOfData, port, durable: true });
            closers.splice(1, 0, postgres.stop);
          },
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startExternal(
  dataDir: string,
  closers: (() => Promise<unknown> | unknown)[],
): Promise<{ postgres: Postgres; redisUrl: string }> {
  const postgres = await startPostgres({ dataDir, port: 0, durable: false });
  closers.push(postgres.stop);
  const redis = await startTestRedis();
  closers.push(redis.stop);
  return { postgres, redisUrl: redis.url };
}
