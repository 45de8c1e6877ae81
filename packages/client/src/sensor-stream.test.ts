import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { type WebSocket as Socket, WebSocketServer } from 'ws';
import { InvalidRequestError, Sillage, StreamClosedError } from './index.ts';
import { sendJson } from './testing/server.ts';

interface Message {
  readonly seq: number;
  readonly readings: readonly unknown[];
}

/** Gives tickets and speaks the stream's protocol as `onMessage` and `settled` say. */
async function gateway(
  onMessage: (socket: Socket, message: Message, connection: number) => void,
  settled: () => number = () => 0,
) {
  const offered: { path: string; protocol: string }[] = [];
  const http = createServer((_request, response) => {
    sendJson(response, 201, {
      ticket: 't',
      protocols: ['sillage.sensors.v1', 'sillage.ticket.t'],
      expires_at: '',
      url: '/api/v1/sensors/devices/d/stream',
    });
  });
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => 'sillage.sensors.v1' });
  let connections = 0;
  sockets.on('connection', (socket, request) => {
    connections += 1;
    const connection = connections;
    offered.push({ path: request.url ?? '', protocol: request.headers['sec-websocket-protocol'] ?? '' });
    socket.on('message', (data) => onMessage(socket, JSON.parse(String(data)) as Message, connection));
    socket.send(JSON.stringify({ type: 'ready', session: 's', settled: settled() }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    client: new Sillage({ baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }),
    offered,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

const ack = (seq: number) =>
  JSON.stringify({
    type: 'ack',
    seq,
    already_settled: false,
    stored: 1,
    duplicates: 0,
    out_of_order: 0,
    findings: [],
  });
const reading = (at: number) => ({ t: new Date(at).toISOString(), channels: { NO2: at } });

test.each([3, 1])(
  'after a break at message %d the stream goes on: what was not settled is sent again, and no more',
  async (firstLost) => {
    const stored: number[] = [];
    let settled = 0;
    await using server = await gateway(
      (socket, { seq }, connection) => {
        if (connection === 1 && seq === firstLost) {
          // Stored, but its acknowledgement is lost with the line.
          stored.push(seq);
          settled = seq;
          socket.terminate();
          return;
        }
        if (connection === 1 && seq > firstLost) return;
        stored.push(seq);
        settled = seq;
        socket.send(ack(seq));
      },
      () => settled,
    );
    const states: string[] = [];
    const stream = server.client.sensors.stream('d', {
      session: 'mine',
      onState: (state) => states.push(state),
    });
    const acks = await Promise.all([1, 2, 3, 4, 5].map((at) => stream.send([reading(at)])));
    expect(stored).toEqual([1, 2, 3, 4, 5]);
    expect(acks.map(({ seq, already_settled }) => [seq, already_settled])).toEqual(
      [1, 2, 3, 4, 5].map((seq) => [seq, seq === firstLost]),
    );
    expect(stream.pending).toBe(0);
    await stream.close();
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'closed']);
    expect(server.offered).toHaveLength(2);
    expect(server.offered[1]).toEqual({
      path: '/api/v1/sensors/devices/d/stream?session=mine',
      protocol: 'sillage.sensors.v1, sillage.ticket.t',
    });
  },
);

test('events reach one reader; the numbers of a session that is older than this program go on', async () => {
  await using server = await gateway(
    (socket, { seq }) => {
      socket.send(ack(seq));
      socket.send(
        JSON.stringify({ type: 'drift', drift: { status: 'steady', calibration_age_s: 1, channels: [] } }),
      );
    },
    () => 41,
  );
  const stream = server.client.sensors.stream('d', { session: 'old' });
  const sent = stream.send([reading(1)]);
  const types: string[] = [];
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === 'drift') break;
  }
  expect(types).toEqual(['ready', 'ack', 'drift']);
  expect((await sent).seq).toBe(42);
  await stream.close();
});

test('a message that is refused rejects, and the stream goes on', async () => {
  await using server = await gateway((socket, { seq }) => {
    const problem = { status: 400, code: 'invalid_input', detail: 'no such channel', requestId: '' };
    socket.send(seq === 1 ? JSON.stringify({ type: 'error', seq, problem }) : ack(seq));
  });
  const stream = server.client.sensors.stream('d');
  const refused = stream.send([reading(1)]);
  const good = stream.send([reading(2)]);
  await expect(refused).rejects.toThrow(InvalidRequestError);
  await expect(good).resolves.toMatchObject({ seq: 2 });
  await expect(stream.send([])).rejects.toThrow('1 to 1000 readings');
  await stream.close();
  await expect(stream.send([reading(3)])).rejects.toThrow('closed');
});

test('a close for good ends the stream: the reader and what waits are told why', async () => {
  await using server = await gateway((socket) => socket.close(4404, 'the device is gone'));
  const stream = server.client.sensors.stream('d');
  const sent = stream.send([reading(1)]);
  await expect(sent).rejects.toThrow(StreamClosedError);
  const read = async () => {
    for await (const _event of stream);
  };
  await expect(read()).rejects.toThrow('the stream was closed: the device is gone (4404)');
});

test('an abort ends the stream with its reason', async () => {
  await using server = await gateway(() => {});
  const leaving = new AbortController();
  const stream = server.client.sensors.stream('d', { signal: leaving.signal });
  const sent = stream.send([reading(1)]);
  for await (const _ready of stream) break;
  leaving.abort(new RangeError('left'));
  await expect(sent).rejects.toThrow(RangeError);
});
