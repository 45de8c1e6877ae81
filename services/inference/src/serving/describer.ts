import { describedRows } from '../threads/described-rows.ts';
import type { DescribedRow } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';

/** Molecules of one request that are to be read, and how. */
export interface ReadInput {
  /** `name/version` of the model they are read for. */
  readonly model: string;
  readonly smiles: readonly string[];
  readonly svg: boolean;
  readonly asWritten: boolean;
}

export interface ReadRows {
  /** One for each molecule, in their order. */
  readonly rows: readonly DescribedRow[];
  /** How long they waited before a thread took them up, milliseconds. */
  readonly waitedMs: number;
}

interface Waiting {
  readonly input: ReadInput;
  readonly signal: AbortSignal;
  readonly pushedMs: number;
  readonly resolve: (read: ReadRows) => void;
  readonly reject: (error: unknown) => void;
}

export interface DescriberOptions {
  readonly pool: Pick<ThreadPool, 'run'>;
  /** Tasks at the same time; what comes meanwhile waits and goes together. */
  readonly runners: number;
  /** Most molecules that requests are put together to; one request may have more. */
  readonly maxMolecules: number;
}

/**
 * Has molecules read in the threads. A message to a thread and back costs as much as reading a molecule, so requests
 * that wait for a thread go there together; no timer has them wait. What is read together then waits together for its
 * model, whose batches are fuller for it.
 */
export class Describer {
  readonly #options: DescriberOptions;
  #waiting: Waiting[] = [];
  #running = 0;

  constructor(options: DescriberOptions) {
    this.#options = options;
  }

  /** Rejects as the pool does, or with the reason of `signal` where that aborts before a thread has it. */
  read(input: ReadInput, signal: AbortSignal): Promise<ReadRows> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, signal, pushedMs: performance.now(), resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#running < this.#options.runners) {
      const group = this.#take();
      if (group.length === 0) return;
      this.#running += 1;
      void this.#run(group).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  /** The first that waits, and those behind it that are read alike, while they fit. */
  #take(): Waiting[] {
    const group: Waiting[] = [];
    const rest: Waiting[] = [];
    let molecules = 0;
    for (const one of this.#waiting) {
      const { input, signal } = one;
      if (signal.aborted) {
        one.reject(signal.reason);
        continue;
      }
      const [first] = group;
      const fits = molecules + input.smiles.length <= this.#options.maxMolecules;
      if (first !== undefined && !(fits && isReadAlike(first.input, input))) {
        rest.push(one);
        continue;
      }
      group.push(one);
      molecules += input.smiles.length;
    }
    this.#waiting = rest;
    return group;
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const smiles = group.flatMap(({ input }) => input.smiles);
    const begunMs = performance.now();
    let waitedMs = 0;
    try {
      const columns = await this.#options.pool.run(
        'describe',
        { ...first.input, smiles },
        {
          ...(group.length === 1 ? { signal: first.signal } : {}),
          onWaited: (ms) => {
            waitedMs = ms;
          },
        },
      );
      const rows = describedRows(columns);
      let at = 0;
      for (const { input, pushedMs, resolve } of group) {
        const own = rows.slice(at, at + input.smiles.length);
        at += input.smiles.length;
        resolve({ rows: own, waitedMs: begunMs - pushedMs + waitedMs });
      }
    } catch (error) {
      // One may have failed the others.
      if (group.length === 1) first.reject(error);
      else for (const one of group) await this.#run([one]);
    }
  }
}

function isReadAlike(a: ReadInput, b: ReadInput): boolean {
  return a.model === b.model && a.svg === b.svg && a.asWritten === b.asWritten;
}
