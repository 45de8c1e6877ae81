#!/usr/bin/env node
// Runs all static checks and writes what they came to into docs/operations.md, between the marks there.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, root } from './src/repository.ts';

const page = 'docs/operations.md';
const [begin, end] = [
  '<!-- static checks: made by test/static/table.ts -->',
  '<!-- end of static checks -->',
];

const { stdout } = spawnSync(join(root, 'test/static/run'), {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const rows: string[][] = [];
let check = '';
for (const line of stdout.split('\n')) {
  const [, name] = /^== (\w[\w-]*)/.exec(line) ?? [];
  const [, what, value] = /^figure: (.+) = (.+)$/.exec(line) ?? [];
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? [];
  if (name) check = name;
  else if (what && value) rows.push([what, value]);
  else if (passed && failed) {
    rows.push([check === '' ? '**all**' : `\`checks/${check}\`: passed, failed`, `${passed}, ${failed}`]);
    check = '';
  }
}
const text = read(page);
const [before, after] = [text.indexOf(begin), text.indexOf(end)];
if (before < 0 || after < before) throw new Error(`${page} lacks the marks ${begin} and ${end}`);
const table = [['what', 'figure'], ['---', '---'], ...rows]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n');
writeFileSync(
  join(root, page),
  `${text.slice(0, before + begin.length)}\n\n${table}\n\n${text.slice(after)}`,
);
spawnSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', page], {
  cwd: root,
  stdio: 'inherit',
});
console.log(`${rows.length} rows in ${page}`);
