import { constants, existsSync } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fail, ok, skip } from './finding.ts';
import { checkDisk } from './machine.ts';
import { checkPostgres } from './postgres.ts';

export interface DataFolderOptions {
  readonly folder: string;
  readonly repository?: string | undefined;
  readonly now: () => Date;
}

/** What an embedded fleet keeps: its folder, its secrets, and its Postgres where that runs. */
export async function checkDataFolder(options: DataFolderOptions): Promise<Finding[]> {
  const { folder } = options;
  const about = await stat(folder).catch(() => undefined);
  if (!about) return [skip('data.folder', `${folder} is not there yet; npm start makes it`)];
  if (!about.isDirectory()) {
    return [
      fail(
        'data.folder',
        `${folder} is no folder`,
        `move it away, or choose another: npm start -- --data FOLDER`,
      ),
    ];
  }
  const owner = await mayWrite(folder);
  const findings = [
    owner ?? ok('data.folder', `${folder} can be written`),
    ...(await checkCredentials(folder)),
    await checkDisk(folder),
  ];
  const running = await runningPostgres(folder);
  return [...findings, ...(running ? await checkPostgres({ ...options, url: running }) : [])];
}

async function mayWrite(folder: string): Promise<Finding | undefined> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return fail(
      'data.folder',
      `${folder} cannot be written by this user`,
      `sudo chown -R "$(id -u)" ${folder}`,
    );
  }
}

async function checkCredentials(folder: string): Promise<Finding[]> {
  const file = join(folder, 'credentials.json');
  const check = 'data.credentials';
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    if (!existsSync(join(folder, 'postgres'))) return [];
    const fix = `bring ${file} back from a backup; without its encryption key none of the stored keys holds`;
    return [fail(check, `${folder} has a database, but no credentials.json`, fix)];
  }
  if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0) {
    return [fail(check, `others can read the secrets in ${file}`, `chmod 600 ${file}`)];
  }
  if (!isCredentials(text)) {
    const fix = `bring ${file} back from a backup: {"encryptionKey": "64 hex digits"}`;
    return [fail(check, `${file} is damaged`, fix)];
  }
  return [ok(check, `${file} is its owner's alone`)];
}

function isCredentials(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('encryptionKey' in value)) return false;
    return typeof value.encryptionKey === 'string' && /^[0-9a-f]{64}$/.test(value.encryptionKey);
  } catch {
    return false;
  }
}

/** The Postgres that runs on the folder, by its own record: process id, folder, start, port. */
async function runningPostgres(folder: string): Promise<string | undefined> {
  const record = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined);
  const password = await readFile(join(folder, 'postgres.password'), 'utf8').catch(() => undefined);
  const port = record?.split('\n')[3];
  if (!port || password === undefined) return undefined;
  return `postgres://sillage:${password.trim()}@127.0.0.1:${port}/sillage`;
}

/** Whether a fleet runs on the folder. */
export async function isInUse(folder: string): Promise<boolean> {
  const pid = Number(await readFile(join(folder, 'supervisor.pid'), 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
