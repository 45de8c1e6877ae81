import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { authService } from '@sillage/contracts';
import {
  databaseVariables,
  env,
  migrate,
  openDatabase,
  retryWhileAway,
  Secret,
  type ServiceDefinition,
  startGrpcServer,
} from '@sillage/kit';
import { z } from 'zod';
import { KeyUseRecorder } from './clients/key-use-recorder.ts';
import { TenantStore } from './clients/tenant-store.ts';
import { KeyHasher } from './domain/key-hash.ts';
import { authHandlers } from './rpc/handlers.ts';

const migrations = join(import.meta.dirname, '..', 'migrations');

const config = z.object({
  GRPC_PORT: env.port().default(50051),
  ...databaseVariables,
  /** The secret keys are hashed under; with another one no key that was given out holds. */
  ENCRYPTION_KEY: z
    .string({ error: 'is needed: 32 random bytes in hex (64 digits)' })
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 32 random bytes in hex (64 digits)')
    .transform((hex) => new Secret(hex)),
});

/** Tenants, keys and tiers. */
export const service: ServiceDefinition<typeof config> = {
  name: 'auth',
  config,
  start: async (context) => {
    const { config, log, health, metrics, defer } = context;
    const url = config.DATABASE_URL.reveal();
    await retryWhileAway(context, 'postgres', () =>
      migrate({ url, directory: migrations, schema: 'auth', log }),
    );
    const database = openDatabase(context, 'auth');

    const store = new TenantStore(database);
    const uses = new KeyUseRecorder({
      write: (taken) => store.recordUse(taken),
      log,
      intervalMs: 60_000,
      maxKeys: 50_000,
    });
    defer('times of last use', () => uses.close());

    const server = await startGrpcServer({
      definition: authService,
      handlers: authHandlers({
        store,
        hasher: new KeyHasher(Buffer.from(config.ENCRYPTION_KEY.reveal(), 'hex')),
        uses,
        environment: config.ENVIRONMENT,
        now: () => new Date(),
        newId: randomUUID,
        random: randomBytes,
      }),
      host: config.HOST,
      port: config.GRPC_PORT,
      log,
      metrics,
      health,
    });
    defer('grpc server', (remainingMs) => server.stop(remainingMs));
    return { grpc: server.port };
  },
};
