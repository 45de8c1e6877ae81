import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { authService } from '@sillage/contracts';
import {
  databaseVariables,
  encryptionVariables,
  env,
  Keyring,
  migrate,
  openDatabase,
  retryWhileAway,
  type ServiceDefinition,
  startGrpcServer,
} from '@sillage/kit';
import { z } from 'zod';
import { KeyUseRecorder } from './clients/key-use-recorder.ts';
import { TenantStore } from './clients/tenant-store.ts';
import { authHandlers } from './rpc/handlers.ts';

const migrations = join(import.meta.dirname, '..', 'migrations');

const config = z.object({
  GRPC_PORT: env.port().default(50051),
  ...databaseVariables,
  ...encryptionVariables,
});

/** Tenants, keys, tiers and the audit log. */
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
        database,
        keyring: Keyring.fromConfig(config),
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
