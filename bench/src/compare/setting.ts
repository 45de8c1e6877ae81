import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Cores, findCores, pinned } from './cores.ts';
import type { LoadFigures, LoadTask } from './load-task.ts';
import { ask, firstMessage, type Started, startPinned } from './process.ts';

/** What every measurement of the comparison needs. */
export interface Setting {
  readonly cores: Cores;
  readonly client: LoadClient;
  readonly molecules: readonly string[];
  readonly isQuick: boolean;
  /** Seconds of one measurement. */
  readonly seconds: number;
  /** Blocks of four measurements for each ratio. */
  readonly blocks: number;
  readonly onEvent: (text: string) => void;
}

/** The process that sends requests, on the client's cores. */
export class LoadClient {
  readonly #started: Started;

  private constructor(started: Started) {
    this.#started = started;
  }

  static async start(cores: Cores): Promise<LoadClient> {
    const script = join(import.meta.dirname, 'client.js');
    const started = startPinned(cores, 'client', [process.execPath, script], { ipc: true });
    await firstMessage(started, 'the load client');
    return new LoadClient(started);
  }

  load(task: LoadTask): Promise<LoadFigures> {
    return ask(this.#started, task, 'the load client');
  }

  stop(): Promise<void> {
    return this.#started.stop();
  }
}

/** The cores, this process itself on those of the client: what it does between measurements disturbs no server. */
export function takeCores(): Cores {
  const cores = findCores();
  if (cores.isPinned) execFileSync('taskset', ['-acp', cores.client.join(','), String(process.pid)]);
  return cores;
}

/** Runs a command on the servers' cores until it ends, and reads the JSON it prints last. */
export function runPinned<T>(
  cores: Cores,
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): T {
  const [program, args] = pinned(cores, 'server', command);
  const printed = execFileSync(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as T;
}
