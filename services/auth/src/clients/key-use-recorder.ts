import { type Log, reasonOf } from '@sillage/kit';

export interface KeyUseRecorderOptions {
  write: (uses: ReadonlyMap<string, Date>) => Promise<void>;
  readonly log: Log;
  readonly intervalMs: number;
  /** Keys remembered between two writes; beyond it uses go unrecorded until the next write. */
  readonly maxKeys: number;
}

/** Collects when keys are used and writes it now and then, so that no answer waits for it. */
export class KeyUseRecorder {
  readonly #options: KeyUseRecorderOptions;
  readonly #timer: NodeJS.Timeout;
  #uses = new Map<string, Date>();

  constructor(options: KeyUseRecorderOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.intervalMs);
    this.#timer.unref();
  }

  record(keyId: string, at: Date): void {
    if (this.#uses.size < this.#options.maxKeys || this.#uses.has(keyId)) this.#uses.set(keyId, at);
  }

  /** Writes what is collected; what cannot be written is kept for the next time. Never rejects. */
  async flush(): Promise<void> {
    if (this.#uses.size === 0) return;
    const taken = this.#uses;
    this.#uses = new Map();
    try {
      await this.#options.write(taken);
    } catch (error) {
      for (const [id, at] of this.#uses) taken.set(id, at);
      this.#uses = taken;
      this.#options.log.warn(
        { keys: taken.size, reason: reasonOf(error) },
        'times of last use not written yet',
      );
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
