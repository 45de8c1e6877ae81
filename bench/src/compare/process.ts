import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Cores, pinned } from './cores.ts';

const stopTimeoutMs = 20_000;

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when the process and what it started are gone. */
  stop: () => Promise<void>;
}

/**
 * Starts a command on the cores of one side, in a process group of its own, so that what it starts ends with it.
 * With `ipc` it can be spoken to as a forked script.
 */
export function startPinned(
  cores: Cores,
  side: 'server' | 'client',
  command: readonly [string, ...string[]],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly ipc?: boolean } = {},
): Started {
  const [program, args] = pinned(cores, side, command);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
  });
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-4000);
  });
  child.once('exit', (code, signal) => {
    if (!isStopping && code !== 0) {
      process.stderr.write(`${command.join(' ')} ended (${code ?? signal}):\n${said}\n`);
    }
  });
  let isStopping = false;
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  };
  // What can be spoken to stops in order when its parent is gone.
  const onExit = () => options.ipc || signalGroup('SIGTERM');
  process.once('exit', onExit);
  return {
    child,
    stop: async () => {
      isStopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => signalGroup('SIGKILL'), stopTimeoutMs);
        await ended;
        clearTimeout(timer);
      }
      signalGroup('SIGKILL');
      process.removeListener('exit', onExit);
    },
  };
}

/** The first message of a script that was started with `ipc`. @throws Error when it ends without one. */
export async function firstMessage<T>({ child }: Started, what: string): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const message = await Promise.race([
      once(child, 'message', { signal }).then(([value]) => ({ value: value as T })),
      once(child, 'exit', { signal }).then(() => undefined),
    ]);
    if (message === undefined) throw new Error(`${what} ended without an answer`);
    return message.value;
  } finally {
    settled.abort();
  }
}

/** Sends a task to a script and gives back its answer. @throws Error when it ends without one. */
export async function ask<T>(started: Started, task: object, what: string): Promise<T> {
  const answer = firstMessage<T>(started, what);
  started.child.send(task);
  return answer;
}
