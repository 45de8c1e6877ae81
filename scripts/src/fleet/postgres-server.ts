import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresBinaries, plainEnvironment, type UnixUser } from './postgres-binaries.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';

const startTimeoutMs = 60_000;

/** Small on purpose: the fleet shares one machine with it. Durability keeps Postgres's own defaults. */
const settings = {
  listen_addresses: '127.0.0.1',
  // The socket's path may be longer than the 107 bytes a system allows.
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '16MB',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  jit: 'off',
  huge_pages: 'off',
  // Reading in the backend itself saves three helper processes.
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  max_worker_processes: '2',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  autovacuum_max_workers: '1',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
// Commits still reach the operating system, so a killed server loses nothing; a machine that dies may.
const fastSettings = { fsync: 'off', full_page_writes: 'off' };

export interface ServerOptions {
  readonly dataDir: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly durable: boolean;
  readonly log?: ((line: string) => void) | undefined;
}

/** A postmaster of ours. */
export interface PostgresServer {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly exited: Promise<void>;
}

/** Starts the postmaster on a folder that is claimed and initialised; resolves when it takes connections. */
export async function startServer(
  options: ServerOptions,
  binaries: PostgresBinaries,
  user: UnixUser | undefined,
): Promise<PostgresServer> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const port = await takePort(options.port);
    const attempt = await launch({ ...options, port }, binaries, user);
    if ('server' in attempt) return attempt.server;
    // After a crash the old backends need a moment to notice; a free port may be gone again before it is taken.
    const isPassing =
      /pre-existing shared memory block/.test(attempt.reason) ||
      (options.port === 0 && /could not bind|could not create any TCP/.test(attempt.reason));
    if (!isPassing || Date.now() > deadline) throw new Error(`postgres did not start: ${attempt.reason}`);
    await delay(100);
  }
}

/** One try; resolves when the server says that it takes connections, or with its last words. */
async function launch(
  options: ServerOptions,
  binaries: PostgresBinaries,
  user: UnixUser | undefined,
): Promise<{ server: PostgresServer } | { reason: string }> {
  const effective = { ...settings, ...(options.durable ? {} : fastSettings), port: String(options.port) };
  const args = Object.entries(effective).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', options.dataDir, ...args], {
    // A process group of its own: Ctrl-C in the terminal must not end it before those who use it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: plainEnvironment(),
    ...user,
  });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const lastLines: string[] = [];
  const isReady = await new Promise<boolean>((answer) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      options.log?.(line);
      if (lastLines.push(line) > 20) lastLines.shift();
      if (line.includes('database system is ready to accept connections')) answer(true);
    });
    child.once('error', (error) => lastLines.push(error.message));
    // `close` and not `exit`: its last words have been read by then.
    child.once('close', () => answer(false));
    child.once('error', () => answer(false));
  });
  const identity = isReady && child.pid !== undefined ? identify(child.pid) : undefined;
  if (identity) return { server: { child, identity, port: options.port, exited } };
  return { reason: lastLines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lastLines.join('; ') };
}

async function takePort(wanted: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(wanted, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    return typeof address === 'object' && address ? address.port : wanted;
  } catch (cause) {
    throw new Error(`port ${wanted} is taken by another program; choose another for Postgres`, { cause });
  } finally {
    probe.close();
  }
}
