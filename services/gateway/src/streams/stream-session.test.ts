import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClassificationJson, StreamEvent } from '@sillage/contracts';
import { AppError, toProblem } from '@sillage/kit';
import { WebSocket, WebSocketServer } from 'ws';
import type { StreamLimits } from './stream-limits.ts';
import { type StreamBackend, StreamSession, type StreamSummary } from './stream-session.ts';

let server: WebSocketServer;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
});
afterAll(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const stored = { stored: 1, duplicates: 0, out_of_order: 0, findings: [], refused: [], refused_total: 0 };
const classification: ClassificationJson = {
  status: 'ready',
  substance: 'almond',
  probabilities: [],
  notes: [],
  window_s: 100,
  needed_s: 100,
  window_end: null,
  model: { name: 'nose', version: '1' },
  findings: [],
  drift: { status: 'steady', calibration_age_s: 1, channels: [] },
};

interface Trial {
  readonly client: WebSocket;
  readonly session: StreamSession;
  readonly events: StreamEvent[];
  readonly summary: Promise<StreamSummary>;
  send: (seq: number, padding?: string) => void;
  /** Resolves with the events once there are so many that are meant. */
  until: (isMeant: (event: StreamEvent) => boolean, count?: number) => Promise<void>;
}

async function begin(backend: Partial<StreamBackend>, limits: Partial<StreamLimits> = {}): Promise<Trial> {
  const accepted = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await accepted) as [WebSocket];
  const session = new StreamSession({
    ...{ socket, session: 'test', settled: 0, limits: { classifyEveryMs: 1, ...limits } },
    backend: {
      store: async () => stored,
      classify: async () => classification,
      problem: (failure) => {
        const { errors: _, ...problem } = toProblem(failure, { instance: '', requestId: '', typeBase: '' });
        return problem;
      },
      ...backend,
    },
  });
  const events: StreamEvent[] = [];
  client.on('message', (data) => {
    events.push(JSON.parse(String(data)));
    client.emit('event');
  });
  const summary = session.run();
  const until: Trial['until'] = async (isMeant, count = 1) => {
    while (events.filter(isMeant).length < count) await once(client, 'event');
  };
  await until(({ type }) => type === 'ready');
  return {
    ...{ client, session, events, summary, until },
    send: (seq, padding = 'a') => {
      const readings = [{ t: '2026-01-10T10:00:00Z', channels: { [padding]: 1 } }];
      client.send(JSON.stringify({ type: 'readings', seq, readings }));
    },
  };
}

const isAck = ({ type }: StreamEvent) => type === 'ack';
const socketOf = (socket: WebSocket) => (socket as unknown as { _socket: Socket })._socket;

test('while storing is slow the connection is not read, and goes on where it stopped', async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const trial = await begin(
    {
      store: async () => {
        asked += 1;
        await gate.promise;
        return stored;
      },
    },
    { maxWaiting: 4, maxMessagesPerS: 1e9 },
  );
  // More than the kernel holds for a connection nobody reads.
  const padding = 'x'.repeat(500_000);
  for (let seq = 1; seq <= 60; seq += 1) trial.send(seq, padding);
  let before: number;
  do {
    before = trial.client.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (trial.client.bufferedAmount < before);
  // Of 30 MB the most stays with the sender; were it read, all would have gone.
  expect(trial.client.bufferedAmount).toBeGreaterThan(15_000_000);
  expect(asked).toBe(1);
  gate.resolve();
  await trial.until(isAck, 60);
  expect(trial.events.filter(isAck).map((event) => 'seq' in event && event.seq)).toEqual(
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  trial.client.close();
  expect(await trial.summary).toMatchObject({ messages: 60, readings: 60 });
}, 20_000);

test('who does not read gets the newest classification alone, told how many it stands for', async () => {
  const bulky = { ...classification, notes: Array.from({ length: 2000 }, () => 'x'.repeat(100)) };
  let classified = 0;
  const trial = await begin(
    {
      classify: async () => {
        classified += 1;
        return { ...bulky, window_s: classified };
      },
    },
    { holdBackBytes: 1000, maxUnsentBytes: 1e9, maxMessagesPerS: 1e9 },
  );
  socketOf(trial.client).pause();
  let seq = 0;
  const feed = setInterval(() => {
    seq += 1;
    trial.send(seq);
  }, 2);
  // Until the kernel has taken what it takes and classifications begin to wait.
  while (classified < 80) await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(feed);
  const last = classified;
  socketOf(trial.client).resume();
  await trial.until((event) => event.type === 'classification' && event.classification.window_s >= last);
  const got = trial.events.filter((event) => event.type === 'classification');
  const dropped = got.reduce((sum, event) => sum + event.dropped, 0);
  expect(dropped).toBeGreaterThan(0);
  expect(got.length + dropped).toBeGreaterThanOrEqual(last);
  const windows = got.map((event) => event.classification.window_s);
  expect(windows).toEqual(windows.toSorted((a, b) => a - b));
  trial.client.close();
  expect(await trial.summary).toMatchObject({ dropped });
}, 20_000);

test('a reader that takes nothing is cut off', async () => {
  const trial = await begin(
    { classify: async () => ({ ...classification, notes: ['x'.repeat(20_000_000)] }) },
    { slowReaderMs: 100, closeMs: 50 },
  );
  socketOf(trial.client).pause();
  trial.send(1);
  expect(await trial.summary).toMatchObject({ code: 1008 });
});

test('a connection without a sign of life is cut off; one that answers pings is not', async () => {
  const trial = await begin({}, { pingMs: 40 });
  const pinged = [once(trial.client, 'ping')];
  await Promise.all(pinged);
  for (let pings = 0; pings < 3; pings += 1) await once(trial.client, 'ping');
  expect(trial.client.readyState).toBe(WebSocket.OPEN);
  socketOf(trial.client).pause();
  expect(await trial.summary).toMatchObject({ code: 1006 });
});

test('what is away for longer than the stream is patient closes it, with nothing settled', async () => {
  const away = new AppError('unavailable', 'sensors is not reachable');
  const trial = await begin({ store: () => Promise.reject(away) }, { patienceMs: 150 });
  trial.send(1);
  expect(await trial.summary).toMatchObject({ code: 1013, messages: 1, readings: 0 });
  expect(trial.events.map(({ type }) => type)).toEqual(['ready']);
});

test('a fault on our side closes the stream and shows nothing of its inside', async () => {
  const trial = await begin({ store: () => Promise.reject(new Error('column "secret" is missing')) });
  const closed = once(trial.client, 'close');
  trial.send(1);
  expect(await trial.summary).toMatchObject({ code: 1011 });
  expect(String((await closed)[1])).toBe('something went wrong on our side');
});

test('a classification that cannot be had is told once and tried again; readings are stored meanwhile', async () => {
  let failures = 3;
  const trial = await begin({
    classify: () => {
      failures -= 1;
      return failures >= 0
        ? Promise.reject(new AppError('unavailable', 'inference is not reachable'))
        : Promise.resolve(classification);
    },
  });
  trial.send(1);
  await trial.until(({ type }) => type === 'classification');
  expect(trial.events.map(({ type }) => type)).toEqual(['ready', 'ack', 'error', 'drift', 'classification']);
  trial.client.close();
  await trial.summary;
});

test('who sends faster than a stream may is slowed down, not refused', async () => {
  const trial = await begin({}, { maxMessagesPerS: 5 });
  const startedMs = performance.now();
  for (let seq = 1; seq <= 12; seq += 1) trial.send(seq);
  await trial.until(isAck, 12);
  expect(performance.now() - startedMs).toBeGreaterThan(500);
  trial.client.close();
  await trial.summary;
});

test('a stream that is to end settles the message in hand first, but waits no longer than it may', async () => {
  const gate = Promise.withResolvers<void>();
  const store = () => gate.promise.then(() => stored);
  const [patient, hasty] = [await begin({ store }), await begin({ store }, { endMs: 50 })];
  for (const trial of [patient, hasty]) {
    trial.send(1);
    void trial.session.end(1001, 'stopping');
  }
  expect(await hasty.summary).toMatchObject({ code: 1001, readings: 0 });
  gate.resolve();
  expect(await patient.summary).toMatchObject({ code: 1001 });
});
