import {
  AppError,
  baseSchema,
  createLog,
  databaseVariables,
  encryptionVariables,
  env,
  loadConfig,
  reasonOf,
  retryWhileAway,
} from '@sillage/kit';
import { z } from 'zod';
import { bootstrapAdmin } from './operations.ts';

const variables = z.object({
  DATABASE_URL: databaseVariables.DATABASE_URL,
  ...encryptionVariables,
  ENVIRONMENT: baseSchema.shape.ENVIRONMENT,
  LOG_LEVEL: baseSchema.shape.LOG_LEVEL,
  /** Of the administrators. */
  ADMIN_TENANT: env.text('name of the administrators’ tenant').default('administrators'),
  /** The first administrator's key, where it was made elsewhere and lies in a Secret. Absent: one is made and printed. */
  ADMIN_KEY: env.secret('key of the first administrator').optional(),
  /** How long a database that is away is waited for, seconds. */
  BOOTSTRAP_WAIT_S: env.integer(0, 3600).default(60),
});

/**
 * The command `bootstrap`: registers the first administrator's key and ends. With ADMIN_KEY it prints no key and may
 * run again and again: where there is an administrator already, or was one whose key was revoked, nothing changes. Without, it prints a new key, once.
 */
export async function runBootstrap(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const config = loadConfig(variables, environment);
    const { log, close } = await createLog({ service: 'auth', level: config.LOG_LEVEL });
    const given = config.ADMIN_KEY?.reveal();
    try {
      const context = { log, signal: AbortSignal.timeout(config.BOOTSTRAP_WAIT_S * 1000) };
      const key = await retryWhileAway(context, 'postgres', () =>
        bootstrapAdmin({
          databaseUrl: config.DATABASE_URL.reveal(),
          encryptionKey: config.ENCRYPTION_KEY.reveal(),
          environment: config.ENVIRONMENT,
          tenantName: config.ADMIN_TENANT,
          key: given,
        }),
      );
      process.stdout.write(
        given === undefined ? `${key}\n` : 'auth: the administrator’s key is registered\n',
      );
      return 0;
    } catch (error) {
      if (given === undefined || !(error instanceof AppError && error.code === 'conflict')) throw error;
      process.stdout.write(`auth: nothing was changed, ${error.message}\n`);
      return 0;
    } finally {
      await close();
    }
  } catch (error) {
    process.stderr.write(`auth: ${reasonOf(error)}\n`);
    return 1;
  }
}
