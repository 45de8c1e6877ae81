import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The machine that figures were taken on, and when. */
export function taken(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown processor'}, ${memory} GiB, Node ${process.version}`;
}

/** A table as Markdown has it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Puts what a command printed into a page of docs, between `<!-- COMMAND -->` and `<!-- end of COMMAND -->`; what stands
 * around it is written by people.
 */
export function writeFigures(page: string, command: string, markdown: string): void {
  const file = join(root, page);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [`<!-- ${command} -->`, `<!-- end of ${command} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${page} has no place for the figures of ${command}`);
  writeFileSync(file, `${text.slice(0, from)}${begin}\n\n${markdown}\n\n${text.slice(to)}`);
  format(page);
}

/** Writes a file that a page shows, such as a plot. */
export function writeBeside(path: string, content: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (path.endsWith('.json')) format(path);
}

/** A data file of the repository. */
export function readData(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function format(path: string): void {
  const biome = join(root, 'node_modules/.bin/biome');
  if (existsSync(biome)) spawnSync(biome, ['format', '--write', path], { cwd: root });
}
