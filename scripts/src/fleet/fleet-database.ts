import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolder } from './data-folder.ts';
import { startPostgres } from './postgres.ts';
import { identify } from './process-identity.ts';

/** What a command that works on a fleet's database is told. */
export interface FleetDatabase {
  readonly databaseUrl: string;
  /** Absent: neither the environment nor a data folder has one. */
  readonly encryptionKey: string | undefined;
}

/**
 * Runs `work` with the fleet's database: DATABASE_URL and ENCRYPTION_KEY, or what the data folder of an embedded fleet
 * holds. Where no fleet runs on the folder its Postgres is started for the while.
 */
export async function withFleetDatabase<T>(
  dataDir: string,
  work: (database: FleetDatabase) => Promise<T>,
): Promise<T> {
  const { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: encryptionKey } = process.env;
  if (databaseUrl) return work({ databaseUrl, encryptionKey });
  const data = new DataFolder(dataDir);
  if (!existsSync(data.postgres)) {
    throw new Error(
      `there is no fleet's data in ${dataDir}; set DATABASE_URL, or name the folder with --data`,
    );
  }
  const own = { encryptionKey: data.credentials().encryptionKey };
  const running = urlOfRunning(realpathSync(data.postgres));
  if (running !== undefined) return work({ databaseUrl: running, ...own });
  const postgres = await startPostgres({ dataDir: data.postgres, port: 0, durable: true });
  try {
    return await work({ databaseUrl: postgres.url, ...own });
  } finally {
    await postgres.stop();
  }
}

/** The Postgres that runs on the folder, by its own record: process id, then folder, start, port. */
function urlOfRunning(dataDir: string): string | undefined {
  const record = join(dataDir, 'postmaster.pid');
  if (!existsSync(record)) return undefined;
  const [pid, , , port] = readFileSync(record, 'utf8').split('\n');
  if (!identify(Number(pid))) return undefined;
  const password = readFileSync(`${dataDir}.password`, 'utf8').trim();
  return `postgres://sillage:${password}@127.0.0.1:${port}/sillage`;
}
