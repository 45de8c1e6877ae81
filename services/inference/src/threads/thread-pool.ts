import { Worker } from 'node:worker_threads';
import { AppError, type Log } from '@sillage/kit';
import type { InputOf, OutputOf, TaskKind, ThreadCall, ThreadMessage, ThreadSetup } from './protocol.ts';

export interface ThreadPoolOptions {
  readonly setup: ThreadSetup;
  readonly maxThreads: number;
  /** A thread beyond the first that has had nothing to do for this long is ended, and its memory with it. */
  readonly idleMs: number;
  readonly log: Log;
}

export interface RunOptions {
  /** Higher goes first. Batches of a model go before new molecules: work that is begun should end. */
  readonly priority?: number;
  /** Aborted before the task was handed to a thread, it is not run. */
  readonly signal?: AbortSignal;
  /** Buffers of the input that the thread gets instead of a copy of them. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Told, before the task is answered, how long of its time it waited, milliseconds. */
  readonly onWaited?: (ms: number) => void;
}

/** One thread, kept for a conversation whose state lives in it. */
export interface ThreadLease {
  run<K extends TaskKind>(kind: K, input: InputOf<K>): Promise<OutputOf<K>>;
  release(): void;
}

interface Task {
  readonly kind: TaskKind;
  readonly input: unknown;
  readonly priority: number;
  readonly signal: AbortSignal | undefined;
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  readonly onDone?: (workMs: number) => void;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  leases: number;
  idleSinceMs: number;
  /** Tasks of the queue it works on; a lease's are not among them, for a generation must not keep others out. */
  queued: number;
  readonly tasks: Map<number, Task & { readonly isLeased: boolean }>;
}

/** Longer than any one run of a model, shorter than what is left for the end of a server. */
const endTimeoutMs = 5000;

/** One task runs and one is at hand, so that a thread never waits for the event loop. */
const tasksAtHand = 2;

/**
 * The threads on which chemistry and models run, away from the event loop that answers RPCs (onnxruntime-node runs a
 * model on the thread that asks for it). All threads are alike. The first is there from the start; more come when
 * tasks wait, up to the limit, and go when they have been idle.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: Task[] = [];
  readonly #sweep: NodeJS.Timeout;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#sweep = setInterval(() => this.#endIdle(), Math.max(1000, options.idleMs / 4));
    this.#sweep.unref();
  }

  get threads(): number {
    return this.#threads.size;
  }

  /** Tasks waiting for a thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Rejects with an AppError: the task's own, model_failed when its thread died, unavailable after close. */
  run<K extends TaskKind>(kind: K, input: InputOf<K>, options: RunOptions = {}): Promise<OutputOf<K>> {
    return new Promise<OutputOf<K>>((resolve, reject) => {
      if (this.#isClosed) return reject(closedError());
      const priority = options.priority ?? 0;
      const { onWaited } = options;
      const pushedMs = performance.now();
      const after = this.#queue.findLastIndex((task) => task.priority >= priority);
      this.#queue.splice(after + 1, 0, {
        kind,
        input,
        priority,
        signal: options.signal,
        transfer: options.transfer,
        ...(onWaited
          ? { onDone: (workMs) => onWaited(Math.max(0, performance.now() - pushedMs - workMs)) }
          : {}),
        // The output of a task is what the protocol says for its kind; messages are untyped.
        resolve: (output) => resolve(output as OutputOf<K>),
        reject,
      });
      this.#dispatch();
    });
  }

  /** Has every thread there is do this, whatever else it does; resolves when all have. */
  async broadcast<K extends TaskKind>(kind: K, input: InputOf<K>): Promise<void> {
    const done = [...this.#threads].map(
      (thread) =>
        new Promise<void>((resolve) => {
          const settle = () => resolve();
          const task = { kind, input, priority: 0, signal: undefined, isLeased: true };
          // A thread that dies of it has done it too.
          this.#post(thread, { ...task, resolve: settle, reject: settle });
        }),
    );
    await Promise.all(done);
  }

  /** Keeps the thread with the fewest conversations; release it when done. */
  lease(): ThreadLease {
    if (this.#isClosed) throw closedError();
    const [first] = [...this.#threads].sort((a, b) => a.leases - b.leases);
    const isBusy = first !== undefined && first.leases > 0;
    const thread = first && !(isBusy && this.#canGrow()) ? first : this.#start();
    thread.leases += 1;
    let isHeld = true;
    return {
      run: <K extends TaskKind>(kind: K, input: InputOf<K>) =>
        new Promise<OutputOf<K>>((resolve, reject) => {
          if (!this.#threads.has(thread)) return reject(diedError(undefined));
          const task = { kind, input, priority: 0, signal: undefined, isLeased: true, reject };
          this.#post(thread, { ...task, resolve: (output) => resolve(output as OutputOf<K>) });
        }),
      release: () => {
        if (isHeld) thread.leases -= 1;
        isHeld = false;
      },
    };
  }

  /** Ends all threads; what they were doing is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    for (const task of this.#queue.splice(0)) task.reject(closedError());
    await Promise.all([...this.#threads].map(end));
  }

  #canGrow(): boolean {
    return this.#threads.size < this.#options.maxThreads;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#queue[0]?.signal?.aborted) {
        const task = this.#queue.shift();
        task?.reject(task.signal?.reason);
        continue;
      }
      // A lease's task does not fill a thread, but where another has nothing to do the work goes there.
      const [thread] = [...this.#threads]
        .filter((one) => one.isReady)
        .sort((a, b) => a.queued - b.queued || a.tasks.size - b.tasks.size);
      const isStarting = [...this.#threads].some((one) => !one.isReady);
      if (!isStarting && this.#canGrow() && (thread === undefined || thread.tasks.size > 0)) this.#start();
      if (thread === undefined || thread.queued >= tasksAtHand) return;
      const task = this.#queue.shift();
      if (task) this.#post(thread, { ...task, isLeased: false });
    }
  }

  #post(thread: Thread, task: Task & { readonly isLeased: boolean }): void {
    const id = this.#nextId++;
    thread.tasks.set(id, task);
    if (!task.isLeased) thread.queued += 1;
    const message: ThreadCall = { id, kind: task.kind, input: task.input };
    thread.worker.postMessage(message, [...(task.transfer ?? [])]);
  }

  #start(): Thread {
    // From source in tests, from dist in service: the entry has the extension of this file.
    const entry = new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(entry, {
      workerData: this.#options.setup,
      name: 'inference',
      // A thread makes much garbage of short life; V8 would let it grow by tens of MB for no gain in speed.
      resourceLimits: { maxYoungGenerationSizeMb: 6 },
    });
    const thread: Thread = {
      worker,
      isReady: false,
      leases: 0,
      queued: 0,
      idleSinceMs: Date.now(),
      tasks: new Map(),
    };
    this.#threads.add(thread);
    let cause: unknown;
    worker.on('message', (message: ThreadMessage) => this.#receive(thread, message));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#buried(thread, cause));
    return thread;
  }

  #receive(thread: Thread, message: ThreadMessage): void {
    if (message.kind === 'ready') {
      thread.isReady = true;
      this.#dispatch();
      return;
    }
    const task = thread.tasks.get(message.id);
    if (task === undefined) return;
    thread.tasks.delete(message.id);
    if (!task.isLeased) thread.queued -= 1;
    thread.idleSinceMs = Date.now();
    // The thread gets its next task before the answer is worked on here.
    this.#dispatch();
    if (message.kind === 'done') {
      task.onDone?.(message.workMs);
      task.resolve(message.output);
    } else {
      const { code, message: text, internal } = message.error;
      task.reject(new AppError(code, text, { internal }));
    }
  }

  #buried(thread: Thread, cause: unknown): void {
    this.#threads.delete(thread);
    if (cause !== undefined)
      this.#options.log.error({ err: cause, tasks: thread.tasks.size }, 'a thread died');
    for (const task of thread.tasks.values()) task.reject(this.#isClosed ? closedError() : diedError(cause));
    // A thread that cannot even start would be started for ever.
    if (!thread.isReady) for (const task of this.#queue.splice(0)) task.reject(diedError(cause));
    if (!this.#isClosed) this.#dispatch();
  }

  #endIdle(): void {
    for (const thread of this.#threads) {
      const isIdle = thread.isReady && thread.tasks.size === 0 && thread.leases === 0;
      if (this.#threads.size <= 1 || !isIdle) continue;
      if (Date.now() - thread.idleSinceMs < this.#options.idleMs) continue;
      this.#threads.delete(thread);
      void end(thread);
    }
  }
}

/**
 * Asks the thread to end and waits until it has. Terminated while a model runs or is opened, its native code would
 * throw where nothing can catch it and abort the whole process; so that is left for a thread that does not answer.
 */
async function end({ worker }: Thread): Promise<void> {
  const ended = new Promise<unknown>((resolve) => worker.once('exit', resolve));
  const message: ThreadCall = { kind: 'end' };
  worker.postMessage(message);
  const cut = setTimeout(() => void worker.terminate(), endTimeoutMs);
  await ended;
  clearTimeout(cut);
}

function closedError(): AppError {
  return new AppError('unavailable', 'this server is shutting down', { retryAfterS: 1 });
}

function diedError(cause: unknown): AppError {
  return new AppError('model_failed', 'the thread that worked on this ended; try again', {
    internal: cause instanceof Error ? cause.message : 'thread exited',
    cause,
  });
}
