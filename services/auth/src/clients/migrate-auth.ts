import { join } from 'node:path';
import { type Log, migrate } from '@sillage/kit';

const directory = join(import.meta.dirname, '../..', 'migrations');

/** Brings the schema `auth` up to date. */
export function migrateAuth(url: string, log: Log): Promise<readonly string[]> {
  return migrate({ url, directory, schema: 'auth', log });
}
