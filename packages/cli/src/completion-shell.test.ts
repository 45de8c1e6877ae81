import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { runInMemory } from './testing/run-in-memory.ts';

/** What bash itself would offer behind these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { out } = await runInMemory(['completion', 'bash']);
  const script = `${out}
COMP_WORDS=(${['sillage', ...words].map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_sillage
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash completes commands, commands of commands, options and their choices', async () => {
  expect(await offered('pre')).toEqual(['predict']);
  expect(await offered('jobs', 're')).toEqual(['results', 'resume', 'retry']);
  expect(await offered('jobs', 'run', '--desc')).toEqual(['--describe']);
  expect(await offered('generate', '--worker', '')).toEqual(['baseline', 'optimized', 'dit']);
  expect(await offered('--j')).toEqual(['--json']);
});
