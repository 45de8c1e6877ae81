// Sends the requests of the comparison, in a process and on a core of its own.
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { percentileOfSorted } from '../report.ts';
import type { LoadFigures, LoadTask } from './load-task.ts';

/** How long after the last request was due an answer is waited for. */
const drainMs = 10_000;
/** An open loop sends over so many connections at once, what is more waits for one; the wait counts. */
const openConnections = 256;

process.on('message', (task: LoadTask) => {
  void run(task).then(
    (figures) => process.send?.(figures),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function run(task: LoadTask): Promise<LoadFigures> {
  const { origin, pathname } = new URL(task.url);
  const connections = task.rate === undefined ? task.connections : openConnections;
  const pool = new Pool(origin, { connections, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const tally = new Tally(pool, pathname, task);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const endMs = started + task.seconds * 1000;
  if (task.rate === undefined) await closedLoop(tally, endMs, connections);
  else await openLoop(tally, started, task.rate, task.seconds);
  const used = process.cpuUsage(cpu);
  const wallMs = performance.now() - started;
  const over = performance.now();
  if (task.rate !== undefined) await tally.drained(drainMs);
  const drainSeconds = (performance.now() - over) / 1000;
  const clientLoad = (used.user + used.system) / 1000 / wallMs;
  // A closed loop ends when the last of its requests is answered: all that was answered counts, and all of that time.
  const seconds = task.rate === undefined ? wallMs / 1000 : task.seconds;
  const figures = { ...tally.figures(seconds, clientLoad), drainSeconds };
  await pool.destroy();
  return figures;
}

async function closedLoop(tally: Tally, endMs: number, connections: number): Promise<void> {
  await new Promise<void>((resolve) => {
    let running = connections;
    const next = () => {
      if (performance.now() < endMs) tally.send(performance.now(), next);
      else if (--running === 0) resolve();
    };
    for (let one = 0; one < connections; one += 1) next();
  });
}

async function openLoop(tally: Tally, started: number, rate: number, seconds: number): Promise<void> {
  const total = Math.round(rate * seconds);
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * rate));
    for (; sent < due; sent += 1) tally.send(started + (sent / rate) * 1000, () => {});
    await delay(1);
  }
}

/** What became of the requests of one measurement. */
class Tally {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #task: LoadTask;
  readonly #latencies: number[] = [];
  /** By number, when each was due. */
  readonly #waiting = new Map<number, number>();
  #turn: number;
  #refused = 0;
  #failed = 0;
  #unanswered = 0;
  #failure: string | undefined;
  #isOver = false;

  constructor(pool: Pool, path: string, task: LoadTask) {
    this.#pool = pool;
    this.#path = path;
    this.#task = task;
    this.#turn = task.offset ?? 0;
  }

  /** One request; `ended` is called when it is answered or has failed. */
  send(dueMs: number, ended: () => void): void {
    const { bodies, keys } = this.#task;
    const turn = this.#turn++;
    const body = bodies[turn % bodies.length] ?? '';
    const key = keys[turn % keys.length];
    const headers = { 'content-type': 'application/json', ...(key ? { 'x-api-key': key } : {}) };
    let status = 0;
    this.#waiting.set(turn, dueMs);
    const end = (failure?: string) => {
      this.#waiting.delete(turn);
      if (this.#isOver) return;
      if (status >= 200 && status < 300 && failure === undefined)
        this.#latencies.push(performance.now() - dueMs);
      else if (status === 429 || status === 503) this.#refused += 1;
      else {
        this.#failed += 1;
        this.#failure ??= failure ?? `status ${status}`;
      }
      ended();
    };
    this.#pool.dispatch(
      { path: this.#path, method: 'POST', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: () => {},
        onResponseEnd: () => end(),
        onResponseError: (_controller, error) => end(error.message),
      },
    );
  }

  async drained(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    while (this.#waiting.size > 0 && performance.now() < endMs) await delay(5);
    this.#isOver = true;
    // Unanswered is not uncounted: they have waited for as long as this, at least.
    const now = performance.now();
    for (const dueMs of this.#waiting.values()) this.#latencies.push(now - dueMs);
    if (this.#waiting.size > 0) this.#failure ??= `${this.#waiting.size} requests were not answered`;
    this.#failed += this.#waiting.size;
    this.#unanswered = this.#waiting.size;
  }

  figures(seconds: number, clientLoad: number): Omit<LoadFigures, 'drainSeconds'> {
    const sorted = this.#latencies.sort((a, b) => a - b);
    const answered = sorted.length - this.#unanswered;
    return {
      answered,
      refused: this.#refused,
      failed: this.#failed,
      rate: answered / seconds,
      p50: percentileOfSorted(sorted, 0.5),
      p99: percentileOfSorted(sorted, 0.99),
      mean: sorted.reduce((sum, one) => sum + one, 0) / sorted.length,
      clientLoad,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }
}
