/** What an operator does on the database itself, without the service. */
import { createLog, Database } from '@sillage/kit';
import { type AuditReport, verifyAudit } from './clients/audit-log.ts';
import type { ChainState } from './domain/audit-chain.ts';

export type { AuditReport };

/** Follows the audit log's chain from its first row to its last; `expected` is a head that was noted earlier. */
export async function verifyAuditLog(databaseUrl: string, expected?: ChainState): Promise<AuditReport> {
  return withDatabase(databaseUrl, (database) => verifyAudit(database, expected));
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
