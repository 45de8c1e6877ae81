/**
 * Lays out what each image's layers hold, from the built workspace in the current folder:
 *
 *   node scripts/src/images/assemble.ts OUT
 *
 * OUT/shared gets what every service runs on, OUT/<service> what it needs beyond that. The folders keep the
 * workspace's shape (packages/, services/, protos/, node_modules/), so that paths between packages hold as they do in
 * development. Dependencies are those pnpm installs for production; of our own packages, what `files` names.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { modelComponents, pythonComponents, sbomOf } from './sbom.ts';
import { type Platform, ships } from './what-ships.ts';

/** What all services of the fleet import. */
const shared = ['@sillage/contracts', '@sillage/kit'];
/** Built to files that a page runs; they and what was bundled into them go with the service that hands them out. */
const pages = { folder: 'services/console', name: '@sillage/console', servedBy: 'gateway' };
const platform: Platform = { system: process.platform, processor: process.arch };
const root = process.cwd();
const [layers = ''] = process.argv.slice(2);
if (layers === '') throw new Error('usage: assemble.ts OUT');

const manifestSchema = z.object({ name: z.string(), files: z.array(z.string()) });
const listSchema = z.array(z.object({ path: z.string() }));

function pnpm(...args: readonly string[]): string {
  return execFileSync('pnpm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function manifestOf(folder: string): z.infer<typeof manifestSchema> {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}

/** Installs for these packages and what they import, and for nothing else; returns the workspace's folders among them. */
function installFor(names: readonly string[]): string[] {
  for (const folder of globSync(['node_modules', 'packages/*/node_modules', 'services/*/node_modules'])) {
    rmSync(folder, { recursive: true });
  }
  const filters = names.flatMap((name) => ['--filter', `${name}...`]);
  pnpm('install', '--prod', '--offline', '--frozen-lockfile', '--reporter=silent', ...filters);
  const listed = listSchema.parse(JSON.parse(pnpm(...filters, 'ls', '--depth', '-1', '--json', '--prod')));
  return listed.map(({ path }) => relative(root, path)).sort();
}

/** Files and links below a folder, by path; pnpm's own notes (with times in them) and links to commands stay out. */
function* below(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === '.bin' || entry.name.startsWith('.modules') || path.endsWith('.pnpm/lock.yaml'))
      continue;
    if (entry.isDirectory()) yield* below(path);
    else if (!entry.name.startsWith('.pnpm-') && ships(path, platform)) yield path;
  }
}

/** All that runs when one of these packages does. */
function* contents(packages: readonly string[]): Generator<string> {
  yield* below('protos');
  yield* below('node_modules');
  for (const folder of packages) {
    const { files } = manifestOf(folder);
    yield join(folder, 'package.json');
    for (const name of files.filter((file) => !file.startsWith('!'))) {
      if (!existsSync(join(folder, name)))
        throw new Error(`${folder}/package.json: files names ${name}, which is not there`);
      yield* below(join(folder, name));
    }
    if (existsSync(join(folder, 'node_modules'))) yield* below(join(folder, 'node_modules'));
  }
}

function copy(path: string, layer: string): void {
  const to = join(layer, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  const status = lstatSync(path);
  if (status.isSymbolicLink()) {
    symlinkSync(readlinkSync(path), to);
    return;
  }
  copyFileSync(path, to);
  chmodSync(to, status.mode & 0o100 ? 0o755 : 0o644);
}

/** Whether the layer below holds the same already. A package's folder in the store names its version, so a path says it. */
function isIn(layer: string, path: string): boolean {
  const there = lstatSync(join(layer, path), { throwIfNoEntry: false });
  if (there === undefined) return false;
  return !there.isSymbolicLink() || readlinkSync(join(layer, path)) === readlinkSync(path);
}

/** /app/sbom.cdx.json of an image. */
function bill(image: string, text: string): void {
  mkdirSync(join(layers, image), { recursive: true });
  writeFileSync(join(layers, image, 'sbom.cdx.json'), text);
}

process.umask(0o022);
const sharedLayer = join(layers, 'shared');
for (const path of contents(installFor(shared))) copy(path, sharedLayer);
for (const folder of globSync('services/*/package.json').map(dirname).sort()) {
  if (folder === pages.folder) continue;
  const name = folder.slice('services/'.length);
  // The edge agent's package is not called as its folder is.
  const { name: service } = manifestOf(folder);
  const packages = installFor([service]);
  for (const path of contents(packages)) {
    if (!isIn(sharedLayer, path)) copy(path, join(layers, name));
  }
  const listed = [...packages];
  if (name === pages.servedBy) {
    for (const path of below(join(pages.folder, 'dist'))) copy(path, join(layers, name));
    listed.push(...installFor([service, pages.name]));
  }
  const others = [...new Set(listed)].filter((other) => other !== folder);
  const parts = { image: name, root, packages: [folder, ...others] };
  if (name !== 'inference') {
    bill(name, sbomOf(parts));
    continue;
  }
  const models = modelComponents('models');
  bill(name, sbomOf({ ...parts, others: models }));
  const cuda = pythonComponents(join(folder, 'cuda/requirements.txt'));
  const image = 'inference-cuda';
  bill(image, sbomOf({ ...parts, image, others: [...models, ...cuda] }));
}
