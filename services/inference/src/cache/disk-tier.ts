import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DiskStoreOptions } from './disk-store.ts';
import type { CacheTier, TierEntry } from './tier.ts';

/** What the thread can be asked to do. */
type DiskWork =
  | { readonly kind: 'get'; readonly keys: readonly string[] }
  | { readonly kind: 'set'; readonly entries: readonly TierEntry[] }
  | { readonly kind: 'count'; readonly asked: ReadonlyMap<string, number> }
  | { readonly kind: 'most-asked'; readonly limit: number }
  | { readonly kind: 'clean' }
  | { readonly kind: 'close' };
export type DiskCall = DiskWork & { readonly id: number };
export interface DiskReply {
  readonly id: number;
  readonly output?: unknown;
  readonly failure?: string;
}

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls that may wait for the thread; a disk that hangs must not gather work without end. */
const maxWaiting = 64;
const closeTimeoutMs = 1000;

/** Entries in a file of CACHE_DIR, behind a thread of its own. */
export class DiskTier implements CacheTier {
  readonly name = 'disk';
  readonly #options: DiskStoreOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  async get(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return (await this.#ask({ kind: 'get', keys })) as (Uint8Array | undefined)[];
  }

  async set(entries: readonly TierEntry[]): Promise<void> {
    await this.#ask({ kind: 'set', entries });
  }

  async count(asked: ReadonlyMap<string, number>): Promise<void> {
    await this.#ask({ kind: 'count', asked });
  }

  async mostAsked(limit: number): Promise<string[]> {
    return (await this.#ask({ kind: 'most-asked', limit })) as string[];
  }

  async clean(): Promise<void> {
    await this.#ask({ kind: 'clean' });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    try {
      // A disk that hangs must not hold up the end of the process.
      await Promise.race([this.#ask({ kind: 'close' }), delay(closeTimeoutMs, undefined, { ref: false })]);
    } finally {
      this.#worker = undefined;
      await worker.terminate();
    }
  }

  #ask(work: DiskWork): Promise<unknown> {
    if (this.#waiting.size >= maxWaiting) return Promise.reject(new Error('the disk does not keep up'));
    this.#worker ??= this.#start();
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...work, id } satisfies DiskCall);
    return answer;
  }

  #start(): Worker {
    // From source in tests, from dist in service: the entry has the extension of this file.
    const entry = new URL(`./disk-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(entry, {
      workerData: this.#options,
      name: 'disk cache',
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    });
    worker.unref();
    worker.on('message', ({ id, output, failure }: DiskReply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve(output);
      else waiting?.reject(new Error(failure));
    });
    // The next call starts another.
    const lost = (error: Error) => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on('error', lost);
    worker.on('exit', () => lost(new Error('the thread of the disk cache has ended')));
    return worker;
  }
}
