import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@sillage/fleet';

export interface TestPostgres {
  /** Of an empty database; the same after `resume`. */
  readonly url: string;
  /** Takes the database away: connections are cut and new ones refused. The data stays. */
  halt: () => Promise<void>;
  /** The same by SIGKILL, as a crash does. */
  kill: () => Promise<void>;
  /** Brings it back on the same port. */
  resume: () => Promise<void>;
  /** Ends it and removes its data. */
  stop: () => Promise<void>;
}

/** A folder for a test's data that another user can come to: Postgres does not run as root. */
export function makeTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** A real Postgres of its own for a test file, on a free port; nothing of it outlives `stop`. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = makeTestFolder();
  const dataDir = join(folder, 'postgres');
  let server = await startPostgres({ dataDir, port: 0, durable: false });
  const { port, url } = server;
  return {
    url,
    halt: () => server.stop(),
    kill: async () => {
      server.kill();
      await server.exited;
    },
    resume: async () => {
      server = await startPostgres({ dataDir, port, durable: false });
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
