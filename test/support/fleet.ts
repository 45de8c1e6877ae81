import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Fleet, localApiKey, startFleet } from '@sillage/fleet';
import { type ApiClient, apiClient } from './api-client.ts';
import { type Broker, startAedes } from './mqtt-broker.ts';
import { makeTestFolder, startTestPostgres, type TestPostgres } from './postgres.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { startTraceReceiver, type TraceReceiver } from './trace-receiver.ts';

export type Mode = 'embedded' | 'fleet';

/** A whole fleet on this machine with a key of its own; nothing of it outlives `stop`. */
export interface TestFleet {
  readonly fleet: Fleet;
  readonly api: ApiClient;
  readonly key: string;
  readonly traces: TraceReceiver;
  /** Whose readings the sensors service takes. */
  readonly broker: Broker;
  /** The test's own, so that it can be taken away; restart.test.ts has the fleet bring it from the package. */
  readonly postgres: TestPostgres;
  /** Absent in the embedded mode. */
  readonly redis: TestRedis | undefined;
  stop: () => Promise<void>;
}

/** Embedded: everything on Postgres and in memory. Fleet: the same services with Redis beside it. */
export async function startTestFleet(mode: Mode): Promise<TestFleet> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    const folder = makeTestFolder();
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const traces = await startTraceReceiver();
    closers.push(traces.stop);
    const broker = await startAedes();
    closers.push(broker.stop);
    const postgres = await startTestPostgres();
    closers.push(postgres.stop);
    const redis = mode === 'fleet' ? await startTestRedis() : undefined;
    if (redis) closers.push(redis.stop);
    const fleet = await startFleet({
      dataDir: join(folder, 'data'),
      port: 0,
      host: '127.0.0.1',
      databaseUrl: postgres.url,
      redisUrl: redis?.url,
      env: {
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: traces.url, LOG_LEVEL: 'debug', RATE_LIMIT_PER_MINUTE: '10000' },
        ...{ MQTT_URL: broker.url, MQTT_VERSION: '3.1.1' },
      },
    });
    closers.push(fleet.stop);
    const key = await localApiKey(fleet);
    return { fleet, key, traces, broker, postgres, redis, api: apiClient(fleet.url, key), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
