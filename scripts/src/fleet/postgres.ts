import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import {
  canReach,
  chooseUser,
  findBinaries,
  giveTo,
  type PostgresBinaries,
  sharedStateDir,
  type UnixUser,
} from './postgres-binaries.ts';
import { PostgresClaim, stopPostgres } from './postgres-claim.ts';
import { identify } from './process-identity.ts';

export interface PostgresOptions {
  /** Where the database lives; made on first use. Its password and its claim lie beside it. */
  readonly dataDir: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** False where the data need not outlive a crash of the machine (tests): faster. */
  readonly durable: boolean;
  /** Called with each line Postgres writes. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface Postgres {
  readonly port: number;
  /** Of the database `sillage`, password included. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, whoever ended it. */
  readonly exited: Promise<void>;
  /** Closes all connections, writes everything, ends. Twice is no error. */
  stop: () => Promise<void>;
  /** SIGKILL, as a crash does; the data stays. The folder is free again once `exited` resolves. */
  kill: () => void;
}

const owner = 'sillage';
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

/**
 * Starts a real Postgres on a folder and resolves when it answers. The folder is claimed first: it throws when a
 * living process uses it, and what a crash left (a stale postmaster.pid, a Postgres without its supervisor) is
 * cleared away. The server listens on the loopback only and asks for a password that only the folder's owner reads.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  mkdirSync(dirname(resolve(options.dataDir)), { recursive: true });
  const dataDir = locate(resolve(options.dataDir));
  const user = chooseUser(dataDir);
  const claim = await PostgresClaim.take(dataDir);
  try {
    const binaries = await findBinaries(user);
    const password = readPassword(`${dataDir}.password`);
    await initialise({ dataDir, binaries, user, password, durable: options.durable });
    const server = await startServer({ ...options, dataDir }, binaries, user);
    try {
      const url = (database: string) =>
        `postgres://${owner}:${password}@127.0.0.1:${server.port}/${database}`;
      await createDatabase(url);
      const stop = callOnce(async () => {
        await stopPostgres(server.identity);
        await server.exited;
        claim.release();
      });
      const kill = () => {
        server.child.kill('SIGKILL');
        void server.exited.then(() => claim.release());
      };
      return {
        port: server.port,
        url: url(owner),
        pid: server.identity.pid,
        exited: server.exited,
        stop,
        kill,
      };
    } catch (error) {
      await stopPostgres(server.identity);
      throw error;
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

/**
 * The folder itself, links followed. Where we are root and the user Postgres runs as cannot come to it (a clone in
 * root's home), the data lies in the shared state folder and a link stands in its place.
 */
function locate(dataDir: string): string {
  const entry = lstatSync(dataDir, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink() && !existsSync(dataDir)) rmSync(dataDir);
  if (existsSync(dataDir)) return realpathSync(dataDir);
  const real = join(realpathSync(dirname(dataDir)), dataDir.slice(dirname(dataDir).length + 1));
  const user = chooseUser(real);
  if (user === undefined || canReach(real, user)) return real;
  mkdirSync(sharedStateDir, { recursive: true, mode: 0o755 });
  const parent = mkdtempSync(join(sharedStateDir, 'data-'));
  chmodSync(parent, 0o755);
  const target = join(parent, 'postgres');
  mkdirSync(target, { mode: 0o700 });
  giveTo(target, user);
  symlinkSync(target, real);
  return target;
}

function readPassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Makes the database files; all or nothing, so that a start cut short leaves no half of one. */
async function initialise(parts: {
  dataDir: string;
  binaries: PostgresBinaries;
  user: UnixUser | undefined;
  password: string;
  durable: boolean;
}): Promise<void> {
  const { dataDir, binaries, user, password, durable } = parts;
  const versionFile = join(dataDir, 'PG_VERSION');
  if (existsSync(versionFile)) {
    const { stdout } = await run(binaries.postgres, ['--version'], user);
    const made = readFileSync(versionFile, 'utf8').trim();
    if (stdout.includes(` ${made}.`)) return;
    throw new Error(`the data folder ${dataDir} was made by Postgres ${made}, this is ${stdout.trim()}`);
  }
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`the data folder ${dataDir} holds something that is not a Postgres database`);
  }
  const partial = `${dataDir}.new`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  giveTo(partial, user);
  const passwordFile = `${dataDir}.password.new`;
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(passwordFile, user);
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${partial}`,
        `--username=${owner}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Sorts the same on every machine, whatever locales it has.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      user,
    );
    renameSync(partial, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

interface Server {
  readonly child: ChildProcess;
  readonly identity: { readonly pid: number; readonly startedAt: string };
  readonly port: number;
  readonly exited: Promise<void>;
}

async function startServer(
  options: PostgresOptions,
  binaries: PostgresBinaries,
  user: UnixUser | undefined,
): Promise<Server> {
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
  options: PostgresOptions,
  binaries: PostgresBinaries,
  user: UnixUser | undefined,
): Promise<{ server: Server } | { reason: string }> {
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

async function createDatabase(url: (database: string) => string): Promise<void> {
  const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [owner]);
    if (rowCount === 0) await client.query(`create database ${owner}`);
  } finally {
    await client.end();
  }
}

/** Our settings alone count: PG* variables of the caller's shell would reach the server. */
function plainEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end; throws with what it wrote to standard error. */
async function run(
  file: string,
  args: readonly string[],
  user: UnixUser | undefined,
): Promise<{ stdout: string }> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: plainEnvironment(),
    cwd: '/',
    ...user,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} failed: ${output.stderr.trim() || output.stdout.trim()}`);
  return { stdout: output.stdout };
}

function callOnce<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
