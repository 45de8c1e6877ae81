import { service } from '@sillage/auth';
import {
  type AuthServiceDefinition,
  authService,
  type CreateKeyRequest,
  type Key__Output,
} from '@sillage/contracts';
import { GrpcClient, type RunningService, startService } from '@sillage/kit';
import pg from 'pg';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

export type TierWire = 'TIER_FREE' | 'TIER_BASIC' | 'TIER_PRO' | 'TIER_ENTERPRISE';

/** A real auth before a real Postgres. */
export interface AuthUnderTest {
  readonly postgres: TestPostgres;
  readonly auth: RunningService;
  readonly client: GrpcClient<AuthServiceDefinition>;
  /** Another pod on the same database. */
  startPod: (changes?: Readonly<Record<string, string>>) => Promise<RunningService>;
  /** A new tenant's id. */
  tenant: (tier?: TierWire) => Promise<string>;
  key: (request: CreateKeyRequest) => Promise<{ id: string; key: Key__Output | null; secret: string }>;
  verdict: (key: string) => Promise<string>;
  sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

export const testEncryptionKey = '5a'.repeat(32);

export function connectAuth(running: RunningService): GrpcClient<AuthServiceDefinition> {
  const target = `127.0.0.1:${running.ports['grpc']}`;
  return new GrpcClient({ definition: authService, target, peer: 'auth', timeoutMs: 10_000 });
}

/** `pods` start at the same moment; all but the first stop again. */
export async function startAuthUnderTest({ pods = 1 } = {}): Promise<AuthUnderTest> {
  const postgres = await startTestPostgres();
  const startPod = (changes: Readonly<Record<string, string>> = {}) =>
    startService(service, {
      HOST: '127.0.0.1',
      GRPC_PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: postgres.url,
      ENCRYPTION_KEY: testEncryptionKey,
      ...changes,
    });
  const [auth, ...others] = await Promise.all(Array.from({ length: pods }, () => startPod()));
  if (!auth) throw new Error('at least one pod');
  for (const other of others) await other.stop();
  const client = connectAuth(auth);
  let names = 0;
  return {
    postgres,
    auth,
    client,
    startPod,
    tenant: async (tier = 'TIER_FREE') => {
      names += 1;
      const { tenant } = await client.unary('CreateTenant', { name: `tenant ${names}`, tier });
      return tenant?.id ?? '';
    },
    key: async (request) => {
      const { key, secret } = await client.unary('CreateKey', request);
      return { id: key?.id ?? '', key, secret };
    },
    verdict: async (key) => (await client.unary('VerifyKey', { key })).verdict,
    sql: (text, values = []) => runSql(postgres.url, text, values),
    stop: async () => {
      client.close();
      await auth.stop();
      await postgres.stop();
    },
  };
}

export async function runSql(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    return (await connection.query(text, [...values])).rows;
  } finally {
    await connection.end();
  }
}
