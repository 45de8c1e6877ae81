#!/usr/bin/env node
// Runbooks: every path, script with its options, step of CI, setting and metric that they name is there, and each is in
// the index or is an alert's.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, read, root } from '../src/repository.ts';
import { Tally } from '../src/tally.ts';

const tally = new Tally();
const folder = 'docs/runbooks';
const top = new Set(readdirSync(root).filter((name) => !['node_modules', 'dist', '.git'].includes(name)));
const sources = ['services', 'packages', 'scripts/src', 'charts']
  .flatMap((path) => filesBelow(path, /(?<!\.test)\.(ts|yaml|tpl)$/))
  .filter((path) => !path.includes('/dist/'))
  .map((path) => read(path))
  .join('\n');
const helps = new Map<string, string>();

const runbooks = filesBelow(folder, /\.md$/);
for (const path of [...runbooks, 'docs/tutorials/run-a-fleet-on-kubernetes.md']) {
  const text = read(path);
  tally.expect(`${path}: paths`, [
    ...new Set(
      pathsOf(text)
        .filter((name) => !existsSync(join(root, name)))
        .map((name) => `${name} is not there`),
    ),
  ]);
  tally.expect(`${path}: commands`, commandsOf(text).flatMap(problemsOfCommand));
  tally.expect(`${path}: settings and metrics`, [
    ...new Set(
      [...text.matchAll(/`(olfactory_[a-z_]+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)]
        .map(([, name = '']) => name)
        .filter((name) => !known(name))
        .map((name) => `${name} is known to no service`),
    ),
  ]);
}

const index = read(`${folder}/README.md`);
for (const path of runbooks) {
  const name = path.slice(folder.length + 1);
  // Those of alerts have the alert's name.
  if (name === 'README.md' || /^[A-Z]/.test(name)) continue;
  tally.expect(`${folder}/README.md has ${name}`, index.includes(`](${name})`) ? [] : ['add a row']);
}
tally.finish();

/** Everything between backticks that begins with a folder or file of the root. */
function pathsOf(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)]
    .map(([, code = '']) => code.split(/\s/)[0] ?? '')
    .filter((name) => top.has(name.split('/')[0] ?? '') && (name.includes('/') || name.includes('.')))
    .map((name) => name.replace(/\/$/, ''))
    .filter((name) => !/[*{<…]/.test(name));
}

/** Lines of shell blocks and code between backticks that call something of this repository. */
function commandsOf(text: string): string[] {
  const lines = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...lines, ...inline].filter((line) => /^(scripts|test|k8s|\.ci)\/[\w./-]+( |$)/.test(line));
}

function problemsOfCommand(line: string): string[] {
  const [command = '', ...words] = line
    .replace(/\s+#.*$/, '')
    .trim()
    .split(/\s+/);
  if (!existsSync(join(root, command))) return [`${command} is not there`];
  if (!/^scripts\/[a-z-]+$/.test(command)) return [];
  const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '');
  return options
    .filter((option) => !helpOf(command).includes(option))
    .map((option) => `${command} has no option ${option}`);
}

function helpOf(command: string): string {
  const help =
    helps.get(command) ?? spawnSync(join(root, command), ['--help'], { cwd: root, encoding: 'utf8' });
  const text = typeof help === 'string' ? help : help.stdout + help.stderr;
  helps.set(command, text);
  return text;
}

function known(name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(sources);
}
