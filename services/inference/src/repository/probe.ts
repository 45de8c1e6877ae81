import { type ChildProcess, fork } from 'node:child_process';
import { AppError } from '@sillage/kit/errors';
import type { Signature } from './manifest.ts';

/** What the process of probe-process.ts answers. */
export type ProbeAnswer =
  | { readonly kind: 'opened'; readonly signature: Signature }
  | { readonly kind: 'refused'; readonly reason: string };

const timeoutMs = 60_000;

/**
 * Opens ONNX files that are not ours in a process apart first: one that crashes ONNX Runtime, or never ends loading,
 * takes that process with it and not the service. The process is started when first needed, and again after a crash.
 */
export class Probe {
  #child: ChildProcess | undefined;

  /** Of the process, where there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What the file declares. @throws AppError invalid_input with the reason why it cannot be opened. */
  async signature(file: string): Promise<Signature> {
    const child = this.#start();
    const answer = await new Promise<ProbeAnswer>((resolve) => {
      const refuse = (reason: string) => {
        this.close();
        resolve({ kind: 'refused', reason });
      };
      const timer = setTimeout(() => refuse(`loading it took longer than ${timeoutMs / 1000} s`), timeoutMs);
      const onExit = (code: number | null, signal: string | null) =>
        refuse(`loading it ends the process that does so (${signal ?? `exit code ${code}`})`);
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as ProbeAnswer);
      });
      child.once('message', () => clearTimeout(timer));
      child.once('exit', () => clearTimeout(timer));
      child.send({ file });
    });
    child.removeAllListeners('message');
    if (answer.kind === 'opened') return answer.signature;
    throw new AppError('invalid_input', answer.reason);
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    // From source in tests, from dist in service: the entry has the extension of this file.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    // It gets nothing of our environment but where libraries lie: it reads files that others made.
    const { LD_LIBRARY_PATH } = process.env;
    this.#child = fork(new URL(`./probe-process.${extension}`, import.meta.url), {
      env: { ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('error', () => this.close());
    return this.#child;
  }
}
