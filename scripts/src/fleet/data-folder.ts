import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const credentialsSchema = z.object({
  /** What auth hashes keys with; losing it makes every key invalid. */
  encryptionKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** A key of this machine's own tenant, kept so that the next start can show it again. */
  apiKey: z.string().optional(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Where `sillage up` keeps a fleet's data unless it is told otherwise: `.sillage` in the checkout. */
export const defaultData = join(import.meta.dirname, '../../..', '.sillage');

/** The folder one fleet keeps its state in. Only one fleet at a time may use it. */
export class DataFolder {
  readonly path: string;
  readonly #lockFile: string;
  readonly #credentialsFile: string;

  constructor(path: string) {
    this.path = path;
    this.#lockFile = join(path, 'supervisor.pid');
    this.#credentialsFile = join(path, 'credentials.json');
  }

  get postgres(): string {
    return join(this.path, 'postgres');
  }

  /** Inputs and results of jobs. */
  get results(): string {
    return join(this.path, 'results');
  }

  get compileCache(): string {
    return join(this.path, 'compile-cache');
  }

  get cache(): string {
    return join(this.path, 'cache');
  }

  log(service: string): string {
    return join(this.path, 'logs', service);
  }

  /** Takes the folder, or throws naming the process that has it. What a crash left behind is taken over. */
  lock(): void {
    mkdirSync(this.path, { recursive: true });
    const holder = existsSync(this.#lockFile) ? Number(readFileSync(this.#lockFile, 'utf8')) : Number.NaN;
    if (holder !== process.pid && isFleet(holder)) {
      throw new Error(
        `a fleet is already running on ${this.path} (process ${holder}); stop it, or choose another folder with --data`,
      );
    }
    writeFileSync(this.#lockFile, String(process.pid));
  }

  unlock(): void {
    rmSync(this.#lockFile, { force: true });
  }

  /** The secrets of this folder, made on first use and readable by their owner alone. */
  credentials(): Credentials {
    if (existsSync(this.#credentialsFile)) {
      const parsed = credentialsSchema.safeParse(JSON.parse(readFileSync(this.#credentialsFile, 'utf8')));
      if (parsed.success) return parsed.data;
      throw new Error(`${this.#credentialsFile} is damaged: ${z.prettifyError(parsed.error)}`);
    }
    const made = { encryptionKey: randomBytes(32).toString('hex') };
    this.saveCredentials(made);
    return made;
  }

  saveCredentials(credentials: Credentials): void {
    writeFileSync(this.#credentialsFile, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  }
}

/** Whether a process with this id runs and is a fleet of ours; ids are reused after a crash. */
function isFleet(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return true;
  return readFileSync(commandLine, 'utf8').includes(join('dist', 'main.js'));
}
