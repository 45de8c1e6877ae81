import { randomBytes, randomUUID } from 'node:crypto';
import { authService, opsService } from '@sillage/contracts';
import {
  alsoServes,
  databaseVariables,
  encryptionVariables,
  env,
  Keyring,
  openDatabase,
  Purger,
  reportSelf,
  type ServiceDefinition,
  startGrpcServer,
} from '@sillage/kit';
import { z } from 'zod';
import { runBootstrap } from './bootstrap.ts';
import { ConsentStore } from './clients/consent-store.ts';
import { KeyStore } from './clients/key-store.ts';
import { KeyUseRecorder } from './clients/key-use-recorder.ts';
import { authSchemas } from './clients/schemas.ts';
import { TenantStore } from './clients/tenant-store.ts';
import { TokenIssuer } from './clients/token-issuer.ts';
import { UsageStore } from './clients/usage-store.ts';
import { authHandlers } from './rpc/handlers.ts';

const config = z.object({
  GRPC_PORT: env.port().default(50051),
  ...databaseVariables,
  ...encryptionVariables,
  /** `iss` of tokens; absent: sillage-ENVIRONMENT. */
  TOKEN_ISSUER: env.text('issuer of tokens').optional(),
  /** How long a token holds, seconds. */
  TOKEN_TTL_S: env.integer(1, 3600).default(900),
  /** Age at which the key that signs tokens is replaced, days. */
  SIGNING_KEY_DAYS: env.integer(1, 365).default(30),
  /** Days that usage is kept; two years, so that a bill can be explained. */
  USAGE_RETENTION_DAYS: env.integer(62, 3650).default(730),
});

/** Tenants, keys, tiers and the audit log. */
export const service: ServiceDefinition<typeof config> = {
  name: 'auth',
  config,
  commands: { bootstrap: runBootstrap },
  schemas: authSchemas,
  start: async (context) => {
    const { config, log, health, metrics, defer } = context;
    const database = openDatabase(context, 'auth');

    const keys = new KeyStore(database);
    const keyring = Keyring.fromConfig(config);
    const uses = new KeyUseRecorder({
      write: (taken) => keys.recordUse(taken),
      log,
      intervalMs: 60_000,
      maxKeys: 50_000,
    });
    defer('times of last use', () => uses.close());

    const usage = new UsageStore(database);
    const purger = new Purger({
      what: 'usage records',
      purge: () => usage.purge(config.USAGE_RETENTION_DAYS),
      log,
      intervalMs: 3_600_000,
    });
    defer('usage past its retention', () => purger.close());

    const server = await startGrpcServer({
      definition: authService,
      handlers: authHandlers({
        database,
        tenants: new TenantStore(database),
        consents: new ConsentStore(database),
        keys,
        keyring,
        tokens: new TokenIssuer({
          database,
          keyring,
          issuer: config.TOKEN_ISSUER ?? `sillage-${config.ENVIRONMENT}`,
          audience: 'sillage-api',
          tokenTtlS: config.TOKEN_TTL_S,
          maxKeyAgeMs: config.SIGNING_KEY_DAYS * 86_400_000,
          random: randomBytes,
        }),
        uses,
        environment: config.ENVIRONMENT,
        now: () => new Date(),
        newId: randomUUID,
        random: randomBytes,
      }),
      also: [alsoServes(opsService, { Describe: () => reportSelf('auth', context) })],
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
