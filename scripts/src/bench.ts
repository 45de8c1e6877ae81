import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** `sillage bench`: a package of its own (bench/), so that the fleet does not carry its load generator. */
export async function bench(args: readonly string[]): Promise<number> {
  const script = join(import.meta.dirname, '../../bench/dist/main.js');
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  const stop = () => child.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
