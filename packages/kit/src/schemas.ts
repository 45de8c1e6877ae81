import { z } from 'zod';
import { baseSchema, env, loadConfig } from './config.ts';
import { databaseVariables, redisVariables } from './connections.ts';
import { AppError, reasonOf } from './errors.ts';
import type { Health } from './health.ts';
import { createLog, type Log } from './log.ts';
import type { Schema } from './migrate.ts';
import { retryWhileAway } from './retry-start.ts';

/** Where a service's schemas live. */
export interface Stores {
  readonly databaseUrl: string;
  /** Absent: what may live in Redis lives in Postgres. */
  readonly redisUrl?: string | undefined;
}

/** The schemas that a service needs, in the order in which they are made. */
export type SchemasOf = (stores: Stores) => readonly Schema[];

const storeVariables = z.object({ DATABASE_URL: databaseVariables.DATABASE_URL, ...redisVariables });

/** What `migrate` understands, so that its job holds no secret but the database's. */
const commandVariables = z.object({
  ...storeVariables.shape,
  LOG_LEVEL: baseSchema.shape.LOG_LEVEL,
  /** How long a database that is away is waited for, seconds. */
  MIGRATE_WAIT_S: env.integer(0, 3600).default(60),
});

/**
 * The schemas as the code needs them, before a service starts: migrated here, or (`isOwnTask` false) waited for while
 * another does it, so that a pod of the new version takes no traffic before its tables are there.
 */
export async function prepareSchemas(
  schemasOf: SchemasOf,
  environment: Readonly<Record<string, string | undefined>>,
  context: { readonly log: Log; readonly health: Health; readonly signal: AbortSignal; isOwnTask: boolean },
): Promise<void> {
  for (const schema of schemasFrom(schemasOf, environment)) {
    await retryWhileAway(context, context.isOwnTask ? 'postgres' : `schema ${schema.name}`, async () => {
      if (context.isOwnTask) return void (await schema.migrate(context.log));
      const missing = await schema.missing();
      if (missing.length === 0) return;
      throw new AppError(
        'unavailable',
        `schema ${schema.name} lacks ${missing.join(', ')}; MIGRATE_ON_START is false, so the migrate command has to run`,
      );
    });
  }
}

/**
 * The command `migrate` of a service: brings its schemas up to date and ends. Resolves with the process's exit code:
 * 0 when they are, 1 with one line that names the migration when one failed.
 */
export async function runMigrate(
  service: { readonly name: string; readonly schemas?: SchemasOf | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  if (!service.schemas) {
    process.stdout.write(`${service.name}: has no schema; nothing to migrate\n`);
    return 0;
  }
  try {
    const config = loadConfig(commandVariables, environment);
    const { log, close } = await createLog({ service: service.name, level: config.LOG_LEVEL });
    // Of the waiting alone: a migration that runs is never cut.
    const signal = AbortSignal.timeout(config.MIGRATE_WAIT_S * 1000);
    try {
      for (const schema of schemasFrom(service.schemas, environment)) {
        const applied = await migrateOnce(schema, log, signal);
        const what = applied.length === 0 ? 'is up to date' : `applied ${applied.join(', ')}`;
        process.stdout.write(`${service.name}: schema ${schema.name} ${what}\n`);
      }
    } finally {
      await close();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${service.name}: ${reasonOf(error)}\n`);
    return 1;
  }
}

async function migrateOnce(schema: Schema, log: Log, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await retryWhileAway({ log, signal }, 'postgres', () => schema.migrate(log));
  } catch (error) {
    if (!signal.aborted || (error instanceof Error && error.name === 'MigrationError')) throw error;
    throw new Error(`schema ${schema.name} was not migrated: the database was not reachable in time`);
  }
}

function schemasFrom(
  schemasOf: SchemasOf,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Schema[] {
  const { DATABASE_URL, REDIS_URL } = loadConfig(storeVariables, environment);
  return schemasOf({ databaseUrl: DATABASE_URL.reveal(), redisUrl: REDIS_URL?.reveal() });
}
