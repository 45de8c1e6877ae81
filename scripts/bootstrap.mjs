// From a bare clone to a running command, with nothing but Node 20 and npm: brings the pinned Node and pnpm as
// packages, installs, builds, then hands over to scripts/src/main.ts. Each step is done only when its inputs changed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeVersion = '24.21.0';
const pnpmVersion = '12.21.0';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tools = join(root, '.tools');
const bin = join(tools, 'node_modules', '.bin');

function fail(what, result) {
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}\nsillage: ${what} failed\n`);
  process.exit(result.status || 1);
}

/** npm and pnpm print only when they fail: a newcomer should read what matters. */
function quietly(what, command, args, env) {
  process.stderr.write(`sillage: ${what}…\n`);
  const started = Date.now();
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', env, maxBuffer: 1 << 28 });
  if (result.error || result.status !== 0) fail(what, result);
  process.stderr.write(`sillage: ${what} done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function stampOf(parts) {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function isCurrent(file, stamp) {
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

function remember(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stamp);
}

/** Everything the build reads, by content. */
function sourceStamp() {
  const skip = new Set(['node_modules', 'dist', 'generated', '__pycache__']);
  const entries = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (skip.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|tsx|css|html|svg|proto|json|mjs)$/.test(entry.name)) {
        entries.push([relative(root, path), createHash('sha256').update(readFileSync(path)).digest('hex')]);
      }
    }
  };
  for (const folder of ['protos', 'packages', 'services', 'scripts', 'bench']) {
    if (existsSync(join(root, folder))) walk(join(root, folder));
  }
  for (const file of ['tsconfig.json', 'tsconfig.base.json'])
    entries.push([file, readFileSync(join(root, file), 'utf8')]);
  return stampOf(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ownMajor = Number(process.versions.node.split('.')[0]);
if (ownMajor < 20) {
  process.stderr.write(`sillage: Node ${process.versions.node} is too old; 20 or later is needed\n`);
  process.exit(1);
}
const toolsStamp = stampOf([nodeVersion, pnpmVersion, process.platform, process.arch]);
const toolsFile = join(tools, 'stamp');
if (!isCurrent(toolsFile, toolsStamp)) {
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), '{ "private": true }\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  quietly('bringing Node and pnpm', npm, [
    ...['install', '--prefix', tools, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    ...[`node@${nodeVersion}`, `pnpm@${pnpmVersion}`],
  ]);
  remember(toolsFile, toolsStamp);
}
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
const node = join(bin, 'node');
const pnpm = join(bin, 'pnpm');

const manifests = readdirSync(root).includes('pnpm-lock.yaml')
  ? readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
  : '';
const installStamp = stampOf([
  toolsStamp,
  manifests,
  readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'),
]);
const installFile = join(root, 'node_modules', '.sillage-install');
if (!isCurrent(installFile, installStamp)) {
  quietly('installing packages', pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], env);
  remember(installFile, installStamp);
}

const buildStamp = stampOf([installStamp, sourceStamp()]);
const buildFile = join(root, 'scripts', 'dist', '.stamp');
if (!isCurrent(buildFile, buildStamp)) {
  quietly('building', pnpm, ['run', 'build'], env);
  remember(buildFile, buildStamp);
}

// A session of its own: Ctrl-C reaches only this process, which passes it on, so that services drain in order.
// The channel tells the command when this process is gone, however it went.
const command = spawn(node, [join(root, 'scripts/dist/main.js'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
  env,
  detached: true,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => command.kill(signal));
command.on('error', (error) => {
  process.stderr.write(`sillage: ${error.message}\n`);
  process.exit(1);
});
command.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
