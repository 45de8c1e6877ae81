import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessOptions {
  readonly name: string;
  /** Script that Node runs. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly nodeOptions: readonly string[];
  /** Called with each line the process writes to standard error. */
  onErrorLine: (line: string) => void;
  /** The process ended without being asked to, and is started again. */
  onCrash: (exit: string) => void;
  /** Write the process's log lines to our standard output as well. */
  readonly showLog: boolean;
}

const minRestartMs = 250;
const maxRestartMs = 5000;

/**
 * One service as a child process: started again when it crashes (after 250 ms, then up to 5 s), stopped by SIGTERM.
 * The channel between us also ends it when this process is gone, so that no crash of ours leaves it behind.
 */
export class ServiceProcess {
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #restartMs = minRestartMs;
  #ready = Promise.withResolvers<void>();

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What Node is started with: whoever measures against this process starts the other with the same. */
  get nodeArguments(): readonly string[] {
    return ['--enable-source-maps', ...this.#options.nodeOptions];
  }

  /** Resolves when the process says it is ready; rejects when it ends before that, the first time it is started. */
  async start(): Promise<void> {
    this.#spawn(true);
    await this.#ready.promise;
  }

  /** Resolves when the running process, or the one started after a crash, is ready. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** SIGTERM, then SIGKILL after `timeoutMs`. Resolves with the exit code, null when it had to be killed. */
  async stop(timeoutMs: number): Promise<number | null> {
    this.#isStopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 0;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = new AbortController();
    void delay(timeoutMs, undefined, { signal: timer.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    );
    const [code] = await exited;
    timer.abort();
    return code;
  }

  #spawn(isFirst: boolean): void {
    const { script, env, showLog } = this.#options;
    const child = spawn(process.execPath, [...this.nodeArguments, script], {
      env,
      stdio: ['ignore', showLog ? 'inherit' : 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    const errors: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) {
        errors.push(line);
        if (errors.length > 20) errors.shift();
        this.#options.onErrorLine(line);
      }
    });
    child.on('message', (message: { kind?: string }) => {
      if (message.kind !== 'ready') return;
      this.#restartMs = minRestartMs;
      this.#ready.resolve();
    });
    child.on('exit', (code, signal) => {
      if (this.#isStopping) return;
      const exit = signal ?? `exit ${code}`;
      if (isFirst) {
        this.#ready.reject(new Error(`${this.name} did not start (${exit})\n${errors.join('\n')}`));
        return;
      }
      this.#restart(exit);
    });
    // Once it has been ready, an exit is a crash to recover from, not a failed start.
    void this.#ready.promise.then(
      () => {
        isFirst = false;
      },
      () => {},
    );
  }

  #restart(exit: string): void {
    this.#options.onCrash(exit);
    this.#ready = Promise.withResolvers<void>();
    this.#ready.promise.catch(() => {});
    void delay(this.#restartMs).then(() => {
      if (!this.#isStopping) this.#spawn(false);
    });
    this.#restartMs = Math.min(this.#restartMs * 2, maxRestartMs);
  }
}
