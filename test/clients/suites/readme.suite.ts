import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('the example of the README runs as it stands', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(code.trimEnd().split('\n')).toHaveLength(20);
  // Beside this file, where its import is found.
  const file = join(import.meta.dirname, `.readme-${process.pid}.ts`);
  writeFileSync(file, code);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('COc1cc(C=O)ccc1O vanilla, sweet, spicy');
    expect(lines.slice(2, 5).every((line) => /^\S+ 0\.\d+$/.test(line))).toBe(true);
    expect(lines).toContain('succeeded: 2 of 2');
    expect(lines.slice(-2)).toEqual(['0 ok', '1 unreadable']);
  } finally {
    rmSync(file);
  }
});
