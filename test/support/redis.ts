import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findRedis, redisAdvice } from '@sillage/fleet';
import { Redis } from 'ioredis';

export interface TestRedis {
  readonly url: string;
  /** Loses everything, as a Redis without persistence does when it starts again. */
  flush: () => Promise<void>;
  /** Kills it: connections are cut, new ones refused, and what it held is lost. */
  halt: () => Promise<void>;
  /** Starts an empty one on the same port. */
  resume: () => Promise<void>;
  stop: () => Promise<void>;
}

const startTimeoutMs = 10_000;

/** A real Redis of its own for a test file, on a free port, with nothing on disk; throws where there is none. */
export async function startTestRedis(): Promise<TestRedis> {
  const command = findRedis();
  if (command === undefined) throw new Error(`these tests need a real Redis: ${redisAdvice}`);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sillage-redis-'));
  const options = {
    '--port': port,
    '--bind': '127.0.0.1',
    '--dir': folder,
    '--save': '',
    '--appendonly': 'no',
  };
  let child = await startRedis(command, options);
  const halt = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const stop = async () => {
    await halt();
    rmSync(folder, { recursive: true, force: true });
  };
  const resume = async () => {
    child = await startRedis(command, options);
  };
  const url = `redis://127.0.0.1:${port}`;
  const flush = async () => {
    const client = new Redis(url);
    await client.flushall();
    client.disconnect();
  };
  return { url, flush, halt, resume, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

async function startRedis(
  command: string,
  options: Readonly<Record<string, string | number>>,
): Promise<ChildProcess> {
  const child = spawn(command, Object.entries(options).flat().map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  let isReady = false;
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    isReady = line.includes('Ready to accept connections');
    if (isReady) break;
  }
  clearTimeout(timer);
  child.stdout.resume();
  if (isReady) return child;
  child.kill('SIGKILL');
  throw new Error(`${command} did not start:\n${said.slice(-5).join('\n')}`);
}
