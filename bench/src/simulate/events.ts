/** What happens when: a clock that jumps from event to event (a binary heap). Times are milliseconds. */
export class Events {
  nowMs = 0;
  readonly #heap: { readonly atMs: number; readonly turn: number; readonly run: () => void }[] = [];
  #turn = 0;

  at(atMs: number, run: () => void): void {
    this.#turn += 1;
    const heap = this.#heap;
    heap.push({ atMs, turn: this.#turn, run });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  after(ms: number, run: () => void): void {
    this.at(this.nowMs + ms, run);
  }

  /** Until this time, or until nothing is left to happen. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= untilMs; first = this.#heap[0]) {
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink();
      }
      this.nowMs = first.atMs;
      first.run();
    }
  }

  #sink(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      let least = parent;
      for (const child of [left, left + 1]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}

/** Servers that serve one after another, in the order of arrival, those of higher priority first. */
export class Station {
  busyMs = 0;
  readonly #events: Events;
  readonly #servers: number;
  /** By priority: 0 and 1. */
  readonly #lines: { readonly ms: number; readonly done: () => void }[][] = [[], []];
  readonly #heads = [0, 0];
  #busy = 0;

  constructor(events: Events, servers = 1) {
    this.#events = events;
    this.#servers = servers;
  }

  serve(ms: number, done: () => void, priority: 0 | 1 = 0): void {
    this.#lines[priority]?.push({ ms, done });
    this.#next();
  }

  #next(): void {
    while (this.#busy < this.#servers) {
      const job = this.#take(1) ?? this.#take(0);
      if (job === undefined) return;
      this.#busy += 1;
      this.busyMs += job.ms;
      this.#events.after(job.ms, () => {
        this.#busy -= 1;
        job.done();
        this.#next();
      });
    }
  }

  #take(priority: 0 | 1) {
    const line = this.#lines[priority] ?? [];
    const head = this.#heads[priority] ?? 0;
    const job = line[head];
    if (job === undefined) return undefined;
    this.#heads[priority] = head + 1;
    if (head > 1000 && head * 2 > line.length) {
      this.#lines[priority] = line.slice(head + 1);
      this.#heads[priority] = 0;
    }
    return job;
  }
}
