import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { apiVersion } from '../../contracts/dist/http/version.js';
import { Sillage } from './index.ts';

const root = join(import.meta.dirname, '..');

/** What a module of the build imports, its own files followed. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
    if (seen.has(from) && !from.startsWith('.')) continue;
    if (!from.startsWith('.')) seen.add(from);
    else importsOf(join(dirname(file), from), seen);
  }
  return seen;
}

test('the client imports nothing that a browser lacks', () => {
  expect([...importsOf(join(root, 'dist/index.js'))]).toEqual(['eventsource-parser']);
});

test('it is made for the version of the API that this repository serves', () => {
  expect(Sillage.apiVersion).toBe(apiVersion);
});

test('the package holds what its exports name, and no test', () => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/node/index.js',
      'dist/node/index.d.ts',
      'dist/generated/api.d.ts',
    ]),
  );
  expect(paths.filter((path) => /test|tsbuildinfo/.test(path))).toEqual([]);
});
