import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../services/worker/dist/index.js');

export interface WorkerProcess {
  /** Whether the process that was started still runs. */
  isAlive: () => boolean;
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>;
}

/** The worker as it is deployed: a process of its own, from the build. Resolves when it is ready. */
export async function startWorkerProcess(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOST: '127.0.0.1',
      METRICS_PORT: '0',
      LOG_LEVEL: process.env['WORKER_LOG_LEVEL'] ?? 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (process.env['SHOW_WORKER_LOG']) process.stderr.write(text);
    });
  }
  const isReady = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!isReady) throw new Error(`the worker did not start:\n${said.join('')}`);
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return { isAlive, kill: async () => void (await end(child, 'SIGKILL')), stop: () => end(child, 'SIGTERM') };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}
