import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hasEnded, identify, isAlive, type ProcessIdentity, psField } from './process-identity.ts';

const identitySchema = z.object({ pid: z.number().int(), startedAt: z.string() });

/** A running Postgres is stopped in steps: finish politely, then at once, then by force; milliseconds for each. */
const patienceMs = { SIGINT: 10_000, SIGQUIT: 3000, SIGKILL: 2000 } as const;

/**
 * One supervisor at a time on a data folder. The claim names the process that supervises it; a claim whose process
 * is gone is what a crash left, and is taken over together with the Postgres that may still run.
 */
export class PostgresClaim {
  readonly #dataDir: string;
  readonly #file: string;
  #isReleased = false;

  private constructor(dataDir: string, file: string) {
    this.#dataDir = dataDir;
    this.#file = file;
  }

  /** Takes the folder. Throws naming the process that has it. */
  static async take(dataDir: string): Promise<PostgresClaim> {
    const claim = new PostgresClaim(dataDir, `${dataDir}.supervisor`);
    const wasAbandoned = claim.#write();
    try {
      await claim.#clearLeftover(wasAbandoned);
      return claim;
    } catch (error) {
      // A Postgres left behind that could not be stopped stays known as one.
      if (!wasAbandoned) claim.release();
      throw error;
    }
  }

  release(): void {
    // Once only: afterwards the claim may be another's.
    if (!this.#isReleased) rmSync(this.#file, { force: true });
    this.#isReleased = true;
  }

  /** True when the claim of a dead supervisor was taken over. */
  #write(): boolean {
    const self = identify(process.pid);
    if (!self) throw new Error('this process cannot be identified; is /proc mounted, or ps installed?');
    const mine = `${this.#file}.${process.pid}`;
    writeFileSync(mine, JSON.stringify(self), { mode: 0o600 });
    try {
      // A link appears whole and only when there is none: two starts at once cannot both succeed.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          linkSync(mine, this.#file);
          return attempt > 0;
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        }
        const holder = readHolder(this.#file);
        if (holder && isAlive(holder)) throw inUse(this.#dataDir, holder.pid);
        this.#discardStale(`${mine}.stale`);
      }
      throw inUse(this.#dataDir, readHolder(this.#file)?.pid);
    } finally {
      rmSync(mine, { force: true });
    }
  }

  /** Moves the claim away, then looks again: another start may have replaced it since it was found stale. */
  #discardStale(aside: string): void {
    try {
      renameSync(this.#file, aside);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    const moved = readHolder(aside);
    if (!moved || !isAlive(moved)) {
      rmSync(aside, { force: true });
      return;
    }
    renameSync(aside, this.#file);
    throw inUse(this.#dataDir, moved.pid);
  }

  /** Stops a Postgres whose supervisor died; a record of one that is gone is removed. */
  async #clearLeftover(wasAbandoned: boolean): Promise<void> {
    const pidFile = join(this.#dataDir, 'postmaster.pid');
    let pid: number;
    try {
      pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    } catch {
      return;
    }
    const running = identify(pid);
    if (running && isPostgresOn(pid, this.#dataDir)) {
      // Without a claim somebody started it by hand and uses it.
      if (!wasAbandoned) throw inUse(this.#dataDir, pid);
      await stopPostgres(running);
    }
    rmSync(pidFile, { force: true });
  }
}

/** Stops a postmaster cleanly: connections are closed and everything is written, unless it does not come to it. */
export async function stopPostgres(postmaster: ProcessIdentity): Promise<void> {
  for (const [signal, timeoutMs] of Object.entries(patienceMs)) {
    try {
      if (isAlive(postmaster)) process.kill(postmaster.pid, signal as NodeJS.Signals);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
    if (await hasEnded(postmaster, timeoutMs)) return;
  }
  throw new Error(`postgres (process ${postmaster.pid}) does not end, not even by SIGKILL`);
}

/** Whether this process is a postmaster of this folder: it runs in it, or names it in its command. */
function isPostgresOn(pid: number, dataDir: string): boolean {
  try {
    if (process.platform !== 'linux') return psField(pid, 'command').includes(dataDir);
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataDir)) return true;
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir;
  } catch {
    // It has ended, or hides where it runs: another user's may, even from a container's root.
    return false;
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    const parsed = identitySchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function inUse(dataDir: string, pid: number | undefined): Error {
  return new Error(
    `the data folder ${dataDir} is in use by process ${pid ?? '(unknown)'}; stop it, or choose another folder`,
  );
}
