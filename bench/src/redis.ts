import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { findRedis, redisAdvice } from '@sillage/fleet';

/** A Redis of its own that keeps nothing. @throws Error where there is no redis-server. */
export async function startRedis(dataDir: string): Promise<{ url: string; process: ChildProcess }> {
  const command = findRedis();
  if (command === undefined) throw new Error(`this bench needs a real Redis: ${redisAdvice}`);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  const options = ['--port', String(address.port), '--bind', '127.0.0.1', '--dir', dataDir, '--save', ''];
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  return { url: `redis://127.0.0.1:${address.port}`, process: child };
}
