import { reasonOf } from './errors.ts';

/**
 * One thing a process asks while it serves; resolves when it is there, rejects with the reason when it is not. A text that it
 * resolves with is shown.
 */
export type ReadinessCheck = (signal: AbortSignal) => Promise<unknown>;

export interface ReadyReport {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<string, { ok: boolean; detail?: string }>>;
}

const checkTimeoutMs = 1500;

/**
 * Three states. startup: everything is loaded. live: the event loop runs (it answers, so it is true).
 * ready: started, not stopping, and every vital check held when it was last looked at. A check is vital where nothing
 * can be served without it: if a part of the work goes on, taking the process out of service would end that too, and
 * in all pods at once. What is not vital is shown all the same.
 */
export class Health {
  #started = false;
  #stopping = false;
  #checksHold = true;
  readonly #checks = new Map<string, { readonly look: ReadinessCheck; readonly isVital: boolean }>();
  readonly #held = new Map<string, boolean>();
  readonly #listeners = new Set<(isReady: boolean) => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastReady = false;
  #waitingFor: string | undefined;

  get isStarted(): boolean {
    return this.#started;
  }
  get isReady(): boolean {
    return this.#started && !this.#stopping && this.#checksHold;
  }

  /** What each check said when it was last looked at; those not yet looked at are left out. */
  get dependencies(): ReadonlyMap<string, boolean> {
    return this.#held;
  }

  addCheck(name: string, look: ReadinessCheck, { isVital = true } = {}): void {
    this.#checks.set(name, { look, isVital });
  }

  /** Whether nothing can be served without it. */
  isVital(name: string): boolean {
    return this.#checks.get(name)?.isVital !== false;
  }

  /** What a start that is not done waits for; undefined: for nothing. */
  setWaiting(reason: string | undefined): void {
    this.#waitingFor = reason;
  }

  /** Startup is done; from now on checks run every `intervalMs` so that gRPC health follows them. */
  markStarted(intervalMs = 1000): void {
    this.#started = true;
    this.#publish();
    if (this.#checks.size === 0) return;
    this.#timer = setInterval(() => void this.report(), intervalMs);
    this.#timer.unref();
  }

  markStopping(): void {
    this.#stopping = true;
    clearInterval(this.#timer);
    this.#publish();
  }

  onChange(listener: (isReady: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at every check now. */
  async report(): Promise<ReadyReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, { look }]) => [name, await this.#look(look)] as const),
    );
    for (const [name, { ok }] of results) this.#held.set(name, ok);
    this.#checksHold = results.every(([name, { ok }]) => ok || this.#checks.get(name)?.isVital === false);
    this.#publish();
    const own = this.#stopping
      ? { process: { ok: false, detail: 'shutting down' } }
      : this.#started
        ? {}
        : { process: { ok: false, detail: this.#waitingFor ?? 'still starting' } };
    return {
      status: this.isReady ? 'ready' : 'not_ready',
      checks: { ...own, ...Object.fromEntries(results) },
    };
  }

  async #look(check: ReadinessCheck): Promise<{ ok: boolean; detail?: string }> {
    const signal = AbortSignal.timeout(checkTimeoutMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), {
        once: true,
      });
    });
    try {
      const detail = await Promise.race([check(signal), late]);
      return { ok: true, ...(typeof detail === 'string' ? { detail } : {}) };
    } catch (error) {
      return { ok: false, detail: reasonOf(error) };
    }
  }

  #publish(): void {
    if (this.isReady === this.#lastReady) return;
    this.#lastReady = this.isReady;
    for (const listener of this.#listeners) listener(this.isReady);
  }
}
