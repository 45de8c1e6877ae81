import { randomBytes } from 'node:crypto';
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
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import {
  canReach,
  chooseUser,
  findBinaries,
  giveTo,
  type PostgresBinaries,
  run,
  sharedStateDir,
  type UnixUser,
} from './postgres-binaries.ts';
import { PostgresClaim, stopPostgres } from './postgres-claim.ts';
import { startServer } from './postgres-server.ts';

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
  /** Resolves when the process has ended, whoever ended it; the folder is then free for another start. */
  readonly exited: Promise<void>;
  /** Closes all connections, writes everything, ends. Twice is no error. */
  stop: () => Promise<void>;
  /** SIGKILL, as a crash does; the data stays. */
  kill: () => void;
}

const owner = 'sillage';

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
    const password = await preparePassword({ dataDir, binaries, user, durable: options.durable });
    const server = await startServer({ ...options, dataDir }, binaries, user);
    try {
      const url = (database: string) =>
        `postgres://${owner}:${password}@127.0.0.1:${server.port}/${database}`;
      await createDatabase(url);
      const exited = server.exited.then(() => claim.release());
      return {
        port: server.port,
        url: url(owner),
        pid: server.identity.pid,
        exited,
        stop: async () => {
          await stopPostgres(server.identity);
          await exited;
        },
        kill: () => void server.child.kill('SIGKILL'),
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

/** The owner's password, from its file; made anew, for an existing database too, where that is missing. */
async function preparePassword(parts: Omit<Parts, 'password'>): Promise<string> {
  const file = `${parts.dataDir}.password`;
  if (existsSync(file)) {
    await initialise({ ...parts, password: readFileSync(file, 'utf8').trim() });
  } else {
    const password = randomBytes(24).toString('hex');
    const isNew = await initialise({ ...parts, password });
    if (!isNew) {
      // Without a server: one backend that reads its commands from standard input.
      const args = ['--single', '-D', parts.dataDir, 'postgres'];
      await run(parts.binaries.postgres, args, parts.user, `alter role ${owner} password '${password}'\n`);
    }
    // Written last: a start cut short before this comes here again.
    writeFileSync(file, password, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

interface Parts {
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly user: UnixUser | undefined;
  readonly password: string;
  readonly durable: boolean;
}

/** Makes the database files: all or nothing. False when they were there already. */
async function initialise(parts: Parts): Promise<boolean> {
  const { dataDir, binaries, user, password, durable } = parts;
  const versionFile = join(dataDir, 'PG_VERSION');
  if (existsSync(versionFile)) {
    const { stdout } = await run(binaries.postgres, ['--version'], user);
    const made = readFileSync(versionFile, 'utf8').trim();
    if (stdout.includes(` ${made}.`)) return false;
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
    return true;
  } finally {
    rmSync(passwordFile, { force: true });
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
