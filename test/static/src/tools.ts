import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './repository.ts';

/** Brings the named tools (test/static/tools) and puts them on PATH; ends the process where one cannot be had. */
export function need(...names: readonly string[]): void {
  process.env['PATH'] = `${join(root, '.tools/bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  const { status } = spawnSync(join(root, 'test/static/tools'), names, { stdio: 'inherit' });
  if (status !== 0) {
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}
