import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { StreamEvent, StreamRequest } from '@sillage/contracts';
import { createLog } from '@sillage/kit';
import { type WebSocket, WebSocketServer } from 'ws';
import { newAgentState } from './agent-state.ts';
import { FleetApi } from './api.ts';
import { Spool } from './spool.ts';
import { Uplink, type UplinkLimits } from './uplink.ts';

const device = {
  ...{ id: 'd1', name: 'nose', sensor_type: 'smellnet-12', channels: ['NO2', 'CO'] },
  ...{ created_at: '', last_reading_at: null, readings: 0 },
  calibration: { calibrated: false, calibrated_at: null, baseline: {} },
};
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Door {
  /** Answers the handshake instead of taking it; undefined: it is taken. */
  refuse?: () => { status: number; headers?: Readonly<Record<string, string>>; body: string };
  onStream: (socket: WebSocket, say: (event: StreamEvent) => void, session: string) => void;
}

/** A server that speaks the stream's protocol, and an agent's uplink to it. */
async function begin(door: Door, limits: Partial<UplinkLimits> = {}) {
  const sockets = new WebSocketServer({ noServer: true });
  const handshakesMs: number[] = [];
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(device));
  });
  server.on('upgrade', (request, socket, head) => {
    handshakesMs.push(performance.now());
    if (door.refuse) {
      const { status, headers = {}, body } = door.refuse();
      const lines = Object.entries({ ...headers, 'content-length': body.length });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.end(`HTTP/1.1 ${status} no\r\n${head}\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const session = new URL(request.url ?? '', 'http://door').searchParams.get('session') ?? '';
      door.onStream(client, (event) => client.send(JSON.stringify(event)), session);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { log } = await createLog({ service: 'edge', level: 'silent' });
  const spool = new Spool({ path: ':memory:', maxBytes: 1e7, full: 'oldest' });
  closers.push(() => spool.close());
  const state = newAgentState();
  const api = new FleetApi({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: 'sk_test',
  });
  const uplink = new Uplink({
    ...{ api, spool, state, log },
    findDevice: (signal) => api.device('d1', signal),
    onDevice: () => {},
    prepare: (reading) => reading,
    limits: { firstRetryMs: 20, longestRetryMs: 50, ...limits },
  });
  closers.push(() => uplink.stop());
  uplink.start();
  return { uplink, spool, state, handshakesMs };
}

const reading = (n: number) =>
  `{"t":"2026-11-21T10:00:00.${String(n).padStart(3, '0')}Z","channels":{"NO2":${n}}}`;
const readings = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => reading(from + index));
const ack = (seq: number): Extract<StreamEvent, { type: 'ack' }> => ({
  type: 'ack',
  ...{ seq, already_settled: false, stored: 1, duplicates: 0, out_of_order: 0, findings: [] },
  ...{ refused: [], refused_total: 0 },
});
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const read = (data: unknown): StreamRequest => JSON.parse(String(data));
const valuesOf = (messages: readonly StreamRequest[]) =>
  messages.flatMap((message) => message.readings.map(({ channels }) => channels['NO2']));

test('what is spooled is sent in order, gathered while a message is under way, and taken off when it is settled', async () => {
  const got: StreamRequest[] = [];
  const { spool, uplink } = await begin({
    onStream: (socket, say, session) => {
      socket.on('message', (data) => {
        got.push(read(data));
        setTimeout(() => say(ack(got.at(-1)?.seq ?? 0)), 20);
      });
      say({ type: 'ready', session, settled: 0 });
    },
  });
  for (let n = 0; n < 100; n += 1) {
    spool.append([reading(n)], Date.now());
    uplink.wake();
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await until(() => spool.isEmpty);
  expect(valuesOf(got)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(got.map(({ seq }) => seq)).toEqual(got.map((_, index) => index + 1));
  expect(got.length).toBeLessThan(30);
});

test('a broken connection goes on where the fleet says it is; nothing is sent under another number', async () => {
  const stored: StreamRequest[] = [];
  let connections = 0;
  const { spool, state } = await begin({
    onStream: (socket, say, session) => {
      connections += 1;
      const isFirst = connections === 1;
      socket.on('message', (data) => {
        const message = read(data);
        if (message.seq > stored.length) stored.push(message);
        // The first connection breaks before anything is acknowledged.
        if (isFirst) socket.terminate();
        else say(ack(message.seq));
      });
      say({ type: 'ready', session, settled: stored.length });
    },
  });
  spool.append(readings(0, 900), Date.now());
  spool.append(readings(900, 1000), Date.now());
  await until(() => spool.isEmpty);
  expect(valuesOf(stored)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(connections).toBe(2);
  // What was stored and not acknowledged counts as well.
  expect(state.readings.settled).toBe(1000);
});

test.each([
  [429, { 'Retry-After': '1' }, 990],
  [503, { 'Retry-After': '1' }, 990],
  [503, {}, 9],
])(
  'a handshake answered %i is tried again after what was asked for (%j)',
  async (status, headers, leastMs) => {
    const door: Door = {
      refuse: () => {
        delete door.refuse;
        return { status, headers: headers as Record<string, string>, body: '{"detail":"too much"}' };
      },
      onStream: (_socket, say, session) => say({ type: 'ready', session, settled: 0 }),
    };
    const { state, handshakesMs } = await begin(door);
    await until(() => state.uplink.isUp);
    expect((handshakesMs[1] ?? 0) - (handshakesMs[0] ?? 0)).toBeGreaterThanOrEqual(leastMs);
  },
);

test('a refused message is kept aside with the reason, and the next one goes', async () => {
  const { spool, state, uplink } = await begin({
    onStream: (socket, say, session) => {
      socket.on('message', (data) => {
        const { seq } = read(data);
        const problem = {
          type: '',
          title: '',
          status: 400,
          detail: 'no such channel',
          instance: '',
          code: 'invalid_input',
          requestId: '',
        };
        const late = { index: 1, kind: 'too_old', detail: 'too old' };
        if (seq === 1) say({ type: 'error', seq, problem });
        else say(seq === 2 ? ack(seq) : { ...ack(seq), refused: [late], refused_total: 1 });
      });
      say({ type: 'ready', session, settled: 0 });
    },
  });
  spool.append(readings(0, 3), Date.now());
  uplink.wake();
  await until(() => spool.isEmpty);
  spool.append(readings(3, 5), Date.now());
  uplink.wake();
  await until(() => spool.isEmpty);
  expect(state.readings).toMatchObject({ settled: 2, refused: 3 });
  expect([...spool.refused()][0]?.reason).toBe('no such channel');
  spool.append(readings(5, 8), Date.now());
  uplink.wake();
  await until(() => spool.isEmpty);
  expect(state.readings).toMatchObject({ settled: 4, refused: 4 });
  expect([...spool.refused()].at(-1)).toEqual({ reading: reading(6), reason: 'too old' });
});

test('a fleet that forgot the session gets what is left under a new one', async () => {
  const sessions: string[] = [];
  const got: StreamRequest[] = [];
  const { spool, uplink } = await begin({
    onStream: (socket, say, session) => {
      sessions.push(session);
      socket.on('message', (data) => {
        got.push(read(data));
        // Settled, and then the database is set back to an older copy.
        if (sessions.length === 1 && got.length === 1) say(ack(1));
        else if (sessions.length === 1) socket.terminate();
        else say(ack(read(data).seq));
      });
      say({ type: 'ready', session, settled: 0 });
    },
  });
  spool.append(readings(0, 2), Date.now());
  uplink.wake();
  await until(() => spool.isEmpty);
  spool.append(readings(2, 4), Date.now());
  uplink.wake();
  await until(() => spool.isEmpty);
  expect(new Set(sessions).size).toBe(2);
  expect(got.map(({ seq }) => seq)).toEqual([1, 2, 1]);
  expect(valuesOf(got.slice(2))).toEqual([2, 3]);
});

test('a fleet that says nothing is given up, and a wrong credential is told of', async () => {
  let connections = 0;
  const { state } = await begin(
    {
      onStream: (_socket, say, session) => {
        connections += 1;
        if (connections > 1) say({ type: 'ready', session, settled: 0 });
      },
    },
    { silenceMs: 60 },
  );
  await until(() => state.uplink.isUp);
  expect(connections).toBeGreaterThanOrEqual(2);

  const refused = await begin({
    refuse: () => ({ status: 401, body: '{"detail":"this key is not known"}' }),
    onStream: () => {},
  });
  await until(() => refused.state.uplink.detail.includes('this key is not known'));
});
