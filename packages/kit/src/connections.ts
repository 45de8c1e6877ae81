import { type BaseConfig, env, Secret } from './config.ts';
import { Database } from './postgres.ts';
import { showDatabase } from './postgres-metrics.ts';
import type { ServiceContext } from './service.ts';

// A URL of a store has its password in it.
const secretUrl = (protocols: readonly string[]) => env.url(protocols).transform((url) => new Secret(url));

/** Variables of a service that uses Postgres. */
export const databaseVariables = {
  DATABASE_URL: secretUrl(['postgres:', 'postgresql:']),
  /** Connections at the same time. */
  DATABASE_POOL_SIZE: env.integer(1, 100).default(5),
};

/** The variable of a service that uses Redis where there is one; absent, it does without. */
export const redisVariables = { REDIS_URL: secretUrl(['redis:', 'rediss:']).optional() };

type DatabaseContext = Pick<ServiceContext<BaseConfig>, 'defer' | 'health' | 'log' | 'metrics'> & {
  readonly config: { readonly DATABASE_URL: Secret; readonly DATABASE_POOL_SIZE: number };
};

/** The service's pool: closed when it stops, and a condition of being ready. `name` is the service's. */
export function openDatabase(
  { config, defer, health, log, metrics }: DatabaseContext,
  name: string,
): Database {
  const database = new Database({
    url: config.DATABASE_URL.reveal(),
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: `sillage-${name}`,
    log,
  });
  defer('postgres', () => database.close());
  defer('look at postgres', showDatabase(database, metrics, log));
  health.addCheck('postgres', () => database.ping());
  return database;
}
