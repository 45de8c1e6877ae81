import { expect, test } from '@jest/globals';
import { BatchQueue, type BatchQueueOptions, type BatchResult } from './batch-queue.ts';

/** A model that doubles numbers when it is told to go on. */
class Gate {
  readonly batches: number[][] = [];
  #release: (() => void)[] = [];
  readonly run = async (items: readonly number[]) => {
    this.batches.push([...items]);
    await new Promise<void>((resolve) => this.#release.push(resolve));
    if (items.includes(13)) throw new Error('13 breaks a run');
    return { results: items.map((item) => (item === 0 ? Number.NaN : item * 2)), inferenceMs: 1 };
  };
  /** Ends the runs that have begun, and those that begin because of it. */
  async open(): Promise<void> {
    await turn();
    while (this.#release.length > 0) {
      for (const release of this.#release.splice(0)) release();
      await turn();
    }
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function queueOf(gate: Gate, change: Partial<BatchQueueOptions<number, number>> = {}, clock = { now: 0 }) {
  const dropped: Record<string, number> = {};
  const queue = new BatchQueue<number, number>({
    limits: { maxRows: 4, maxCost: 100, bucketEdges: [], startCost: 0, maxWaitMs: 1000 },
    maxQueueCost: 100,
    runners: 1,
    run: gate.run,
    isSound: Number.isFinite,
    now: () => clock.now,
    observer: {
      depth: () => {},
      ran: () => {},
      dropped: (reason, rows) => {
        dropped[reason] = (dropped[reason] ?? 0) + rows;
      },
    },
    ...change,
  });
  return { queue, dropped };
}

const later = { deadlineMs: 10_000 };
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as { code: string }).code,
  );
const rowsOf = (items: readonly number[], cost = 1) => items.map((item) => ({ item, cost }));
const valuesOf = async (results: Promise<BatchResult<number>>[]) =>
  (await Promise.all(results)).map(({ value }) => value);

test('rows pushed in one turn run together, in the order of the request', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate);
  const one = queue.push(1, 1, later);
  const more = queue.pushAll(rowsOf([2, 3]), later);
  await gate.open();
  expect(gate.batches).toEqual([[1, 2, 3]]);
  expect(await valuesOf([one, ...more])).toEqual([2, 4, 6]);
  expect(await one).toMatchObject({ batchSize: 3, inferenceMs: 1 });
});

test('one batch runs, one is prepared, the rest pile up', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate);
  const results = [1, 2, 3, 4, 5, 6].map((item, index) =>
    turn()
      .then(() => queue.push(item, 1, later))
      .then((r) => [index, r.value]),
  );
  await turn();
  const more = queue.pushAll(rowsOf([7, 8]), later);
  await turn();
  expect(gate.batches.length).toBeLessThanOrEqual(2);
  await gate.open();
  expect((await Promise.all(results)).map(([, value]) => value)).toEqual([2, 4, 6, 8, 10, 12]);
  expect(await valuesOf(more)).toEqual([14, 16]);
  expect(Math.max(...gate.batches.map((batch) => batch.length))).toBeGreaterThan(1);
});

test('a row larger than a batch is refused when pushed, and so is a request larger than the queue', () => {
  const { queue } = queueOf(new Gate(), { maxQueueCost: 500 });
  expect(() => queue.pushAll(rowsOf([1], 101), later)).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
  expect(() => queue.pushAll(rowsOf([1, 2, 3, 4, 5, 6], 90), later)).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});

test('a request finds room for all its rows or for none', async () => {
  const gate = new Gate();
  const { queue, dropped } = queueOf(gate);
  const first = queue.pushAll(rowsOf([1, 2], 40), later);
  expect(() => queue.pushAll(rowsOf([3, 4], 20), later)).toThrow(
    expect.objectContaining({ code: 'overloaded', retryAfterS: 1 }),
  );
  const small = queue.push(5, 20, later);
  await gate.open();
  expect(await valuesOf([...first, small])).toEqual([2, 4, 10]);
  expect(dropped).toEqual({ overloaded: 2 });
});

test('who left or ran out of time is dropped when popped, and counted', async () => {
  const gate = new Gate();
  const clock = { now: 0 };
  const { queue, dropped } = queueOf(
    gate,
    { limits: { maxRows: 1, maxCost: 100, bucketEdges: [], startCost: 0, maxWaitMs: 1000 } },
    clock,
  );
  const running = queue.push(1, 1, later);
  const prepared = queue.push(2, 1, later);
  await turn();
  const leaving = new AbortController();
  const left = codeOf(queue.push(3, 1, { ...later, signal: leaving.signal }));
  const late = codeOf(queue.push(4, 1, { deadlineMs: 50 }));
  const kept = queue.push(5, 1, later);
  leaving.abort();
  clock.now = 60;
  await gate.open();
  expect(await left).toBe('cancelled');
  expect(await late).toBe('deadline');
  expect(await valuesOf([running, prepared, kept])).toEqual([2, 4, 10]);
  expect(gate.batches).toEqual([[1], [2], [5]]);
  expect(dropped).toEqual({ cancelled: 1, expired: 1 });
});

test('a deadline that cannot be met is refused when pushed', async () => {
  const gate = new Gate();
  const clock = { now: 0 };
  const { queue } = queueOf(gate, {}, clock);
  const past = () => queue.pushAll(rowsOf([1]), { deadlineMs: 0 });
  expect(past).toThrow(expect.objectContaining({ code: 'deadline' }));
  const learn = queue.push(1, 10, later);
  await gate.open();
  await learn;
  // It runs 10 cells a millisecond; 80 cells wait, so nothing new is served within 8 ms.
  const before = queue.pushAll(rowsOf([2, 3], 40), later);
  expect(() => queue.pushAll(rowsOf([4]), { deadlineMs: 7 })).toThrow(
    expect.objectContaining({ code: 'deadline' }),
  );
  const inTime = queue.push(5, 1, { deadlineMs: 9 });
  await gate.open();
  expect(await valuesOf([...before, inTime])).toEqual([4, 6, 10]);
});

test('a bad row fails alone: the others are run again apart, once', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate);
  const results = queue.pushAll(rowsOf([1, 13, 3]), later);
  const codes = Promise.all(results.map(codeOf));
  await gate.open();
  expect(await codes).toEqual(['ok', 'model_failed', 'ok']);
  expect(gate.batches).toEqual([[1, 13, 3], [1], [13], [3]]);
});

test('a broken model is not run for every row of a batch', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate, {
    limits: { maxRows: 50, maxCost: 100, bucketEdges: [], startCost: 0, maxWaitMs: 1000 },
  });
  const codes = Promise.all(queue.pushAll(rowsOf(Array.from({ length: 40 }, () => 13)), later).map(codeOf));
  await gate.open();
  expect(new Set(await codes)).toEqual(new Set(['model_failed']));
  expect(gate.batches.length).toBe(5);
});

test('a NaN is a failure of the model, of that row alone', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate);
  const codes = Promise.all(queue.pushAll(rowsOf([1, 0]), later).map(codeOf));
  await gate.open();
  expect(await codes).toEqual(['ok', 'model_failed']);
});

test('closing answers what is in and refuses what comes', async () => {
  const gate = new Gate();
  const { queue } = queueOf(gate);
  const result = queue.push(1, 1, later);
  const closed = queue.close();
  expect(() => queue.pushAll(rowsOf([2]), later)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  await gate.open();
  await closed;
  expect((await result).value).toBe(2);
});

test('a batch that does not fit the memory runs in halves, and later ones are no larger than what fitted', async () => {
  const sizes: number[] = [];
  const shrunk: number[] = [];
  const { queue } = queueOf(new Gate(), {
    limits: { maxRows: 8, maxCost: 100, bucketEdges: [], startCost: 0, maxWaitMs: 1000 },
    run: async (items) => {
      sizes.push(items.length);
      if (items.length > 3) throw new Error('Failed to allocate memory for requested buffer');
      return { results: items.map((item) => item * 2), inferenceMs: 1 };
    },
    isTooLarge: (error) => error instanceof Error && error.message.includes('allocate'),
    observer: { depth: () => {}, ran: () => {}, dropped: () => {}, shrunk: (rows) => shrunk.push(rows) },
  });
  expect(await valuesOf(queue.pushAll(rowsOf([1, 2, 3, 4, 5, 6, 7, 8]), later))).toEqual([
    2, 4, 6, 8, 10, 12, 14, 16,
  ]);
  expect(sizes).toEqual([8, 4, 2, 2, 4, 2, 2]);
  expect(shrunk).toEqual([4, 2]);
  sizes.length = 0;
  await valuesOf(queue.pushAll(rowsOf([1, 2, 3, 4]), later));
  expect(sizes).toEqual([2, 2]);
});
