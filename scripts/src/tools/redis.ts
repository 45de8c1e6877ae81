import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const folder = join(import.meta.dirname, '../../../.tools/redis');
const wrapper = join(folder, 'bin/redis-server');

/** Debian's Redis and what it needs beyond a minimal system; unpacked beside us where we may not install. */
const debianPackages = [
  'redis-server',
  'redis-tools',
  'libatomic1',
  'libjemalloc2',
  'liblzf1',
  'libssl3',
  'libsystemd0',
];

export const redisAdvice =
  'install Redis (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) so that redis-server is in PATH';

/** Path of a redis-server: the system's, or one brought here by its package name. Undefined: it cannot be had. */
export function bringRedis(log: (text: string) => void): string | undefined {
  const installed = findRedis();
  if (installed !== undefined) return installed;
  if (!isInPath('apt-get') || !isInPath('dpkg')) return undefined;
  log('bringing redis-server as Debian packages');
  const debs = join(folder, 'debs');
  mkdirSync(debs, { recursive: true });
  const download = () =>
    spawnSync('apt-get', ['download', ...debianPackages], { cwd: debs, encoding: 'utf8' });
  let result = download();
  if (result.status !== 0 && process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-qq'], { encoding: 'utf8' });
    result = download();
  }
  if (result.status !== 0) {
    log(`apt-get could not bring it: ${result.stderr.trim().split('\n').at(-1) ?? ''}`);
    return undefined;
  }
  for (const deb of readdirSync(debs)) spawnSync('dpkg', ['-x', join(debs, deb), folder]);
  const libraries = readdirSync(join(folder, 'usr/lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    .map((entry) => join(folder, 'usr/lib', entry.name));
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries.join(':')}' exec '${join(folder, 'usr/bin/redis-server')}' "$@"\n`;
  writeFileSync(wrapper, script);
  chmodSync(wrapper, 0o755);
  return works(wrapper) ? wrapper : undefined;
}

/** A redis-server that is already there. */
export function findRedis(): string | undefined {
  for (const name of ['redis-server', 'valkey-server']) if (isInPath(name)) return name;
  return existsSync(wrapper) && works(wrapper) ? wrapper : undefined;
}

function works(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}

function isInPath(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((path) => existsSync(join(path, name)));
}
