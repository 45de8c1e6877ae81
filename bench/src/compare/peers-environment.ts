import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const environment = join(root, '.venv/peers');
const peersFolder = join(import.meta.dirname, '../../peers');
const quick = 'requirements-quick.txt';

/**
 * The interpreter of the peers' virtual environment, made and filled on the first call; what is pinned is installed
 * again when its file changes. @throws Error where Python 3.11 or later is missing or a package cannot be had.
 */
export function preparePeers(isQuick: boolean, onEvent: (text: string) => void): string {
  const python = join(environment, 'bin/python');
  if (!existsSync(python)) {
    onEvent('making the virtual environment of the peers');
    run('python3', ['-m', 'venv', environment], 'Python 3.11 or later with venv is needed');
  }
  install(python, isQuick ? [quick] : [quick, 'requirements.txt'], onEvent);
  return python;
}

/** An interpreter with PyTorch: the environment of training where there is one, else the peers'. */
export function prepareTorch(python: string, onEvent: (text: string) => void): string {
  const training = join(root, '.venv/bin/python');
  for (const candidate of [training, python]) {
    if (!existsSync(candidate)) continue;
    const found = spawnSync(candidate, ['-c', 'import torch, onnx, rdkit'], { stdio: 'ignore' });
    if (found.status === 0) return candidate;
  }
  install(python, ['requirements-torch.txt'], onEvent);
  return python;
}

function install(python: string, files: readonly string[], onEvent: (text: string) => void): void {
  const last = files.at(-1) ?? quick;
  const text = files.map((file) => readFileSync(join(peersFolder, file), 'utf8')).join('');
  const stamp = createHash('sha256').update(text).digest('hex');
  const file = join(environment, `${last}.stamp`);
  if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return;
  onEvent(`installing ${last} of the peers`);
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(peersFolder, last),
  ];
  run(python, args, `the packages of bench/peers/${last} cannot be had`);
  writeFileSync(file, stamp);
}

function run(command: string, args: readonly string[], otherwise: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${otherwise}: ${error?.message ?? stderr.slice(-2000)}`);
}
