/** What an operator does on the database itself, without the service. */
import { randomBytes, randomUUID } from 'node:crypto';
import { defaultScopes } from '@sillage/contracts';
import { AppError, createLog, Database, Keyring } from '@sillage/kit';
import { type AuditReport, verifyAudit } from './clients/audit-log.ts';
import { addKey, type NewKey } from './clients/key-store.ts';
import { authSchemas } from './clients/schemas.ts';
import { addTenant } from './clients/tenant-store.ts';
import type { ChainState } from './domain/audit-chain.ts';
import { readTenantName } from './domain/fields.ts';
import {
  type Environment,
  type KeyText,
  keyEnvironments,
  keyPurpose,
  makeKeyText,
  readKeyText,
} from './domain/key-text.ts';

export type { AuditReport };

/** Follows the audit log's chain from its first row to its last; `expected` is a head that was noted earlier. */
export function verifyAuditLog(databaseUrl: string, expected?: ChainState): Promise<AuditReport> {
  return withDatabase(databaseUrl, (database) => verifyAudit(database, expected));
}

export interface FirstAdmin {
  readonly databaseUrl: string;
  /** 64 hex digits: the fleet's ENCRYPTION_KEY. */
  readonly encryptionKey: string;
  /** The fleet's ENVIRONMENT: a key is good in one only. */
  readonly environment: Environment;
  /** Of the tenant that the key belongs to. */
  readonly tenantName: string;
  /** The key itself, where it was made elsewhere and lies in a Secret; absent: a new one. */
  readonly key?: string | undefined;
}

/** One at a time: "boot" as a number. */
const lockId = 0x62_6f_6f_74;

/**
 * Makes the first key that may administer, with a tenant of its own, and returns it: shown this once. Throws conflict
 * while any such key holds, and invalid_input for a given key that is none of this environment. Whoever can do this has the database and the encryption key, and so the fleet, already.
 */
export async function bootstrapAdmin(options: FirstAdmin): Promise<string> {
  const tenantName = readTenantName(options.tenantName);
  const keyring = new Keyring([Buffer.from(options.encryptionKey, 'hex')]);
  const { text, id, prefix } = keyOf(options);
  const { log } = await createLog({ service: 'sillage', level: 'silent' });
  for (const schema of authSchemas(options)) await schema.migrate(log);
  return withDatabase(options.databaseUrl, (database) =>
    database.transaction(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1)', [lockId]);
      const now = new Date();
      const [admin] = await transaction.query<{ id: string }>(
        `select keys.id from auth.keys join auth.tenants on tenants.id = tenant_id
         where 'admin' = any(scopes) and revoked_at is null and suspended_at is null
           and (expires_at is null or expires_at > $1) limit 1`,
        [now],
      );
      if (admin) {
        throw new AppError(
          'conflict',
          `there is an administrator already (key ${admin.id}): ask its holder for a key`,
        );
      }
      const origin = { actor: 'operator', address: '', requestId: randomUUID(), scopes: undefined };
      const tenant = { id: randomUUID(), name: tenantName, tier: 'enterprise', createdAt: now } as const;
      await addTenant(transaction, tenant, origin);
      const key: NewKey = {
        id,
        kind: 'key',
        tenantId: tenant.id,
        label: 'first administrator',
        prefix,
        hash: keyring.hash(text, keyPurpose),
        createdAt: now,
        expiresAt: undefined,
        scopes: [...defaultScopes, 'admin'],
        addressRanges: [],
      };
      await addKey(transaction, key, origin);
      return text;
    }),
  );
}

function keyOf({ key, environment }: FirstAdmin): KeyText {
  if (key === undefined) return makeKeyText('key', environment, randomBytes);
  const text = readKeyText('key', key, environment);
  if (text) return text;
  const start = `sk_${keyEnvironments[environment]}_`;
  throw new AppError(
    'invalid_input',
    `the given key is none of environment ${environment}: it must be ${start}, 11 letters or digits, _, and 43 letters or digits`,
  );
}

async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const { log } = await createLog({ service: 'sillage', level: 'silent' });
  const database = new Database({ url, poolSize: 1, applicationName: 'sillage-operator', log });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
