import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { streamProtocol, streamTicketPrefix } from '@sillage/contracts';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { enoseGolden } from '../support/scripted-enose.ts';
import { type SensorsBench, start, startSensorsBench } from '../support/sensors.ts';
import { openStream, refusedStream, type StreamClient } from '../support/stream-client.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let bench: SensorsBench;
let proxy: TcpProxy;
let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string; readonly keyId: string };
const open: StreamClient[] = [];

beforeAll(async () => {
  bench = await startSensorsBench();
  proxy = await startTcpProxy(Number(bench.sensors.ports['grpc']));
  fleet = await startGatewayUnderTest({ SENSORS_TARGET: `127.0.0.1:${proxy.port}` });
  api = await fleet.tenant();
}, 60_000);
afterAll(async () => {
  proxy.mend();
  for (const { socket } of open) socket.terminate();
  await fleet.stop();
  await proxy.stop();
  await bench.stop();
}, 60_000);

async function device(client: ApiClient = api): Promise<string> {
  return `/api/v1/sensors/devices/${(await client.post('/api/v1/sensors/devices', { name: 'nose' })).body.id}`;
}

function stream(path: string, options: { session?: string; key?: string; url?: string } = {}): StreamClient {
  const query = options.session === undefined ? '' : `?session=${options.session}`;
  const client = openStream(`${options.url ?? fleet.url}${path}/stream${query}`, {
    'X-API-Key': options.key ?? api.key,
  });
  open.push(client);
  return client;
}

const frames = enoseGolden.cases[0]?.frames ?? [];
const readingsOf = (from: number, to: number) =>
  frames.slice(from, to).map((frame, at) => ({
    t: new Date(start + (from + at) * 1000).toISOString(),
    channels: Object.fromEntries(enoseGolden.channels.map((name, column) => [name, frame[column] ?? null])),
  }));

test('the same recording by HTTP and by WebSocket is classified alike', async () => {
  const [posted, streamed] = [await device(), await device()];
  await api.post(`${posted}/readings`, { readings: readingsOf(0, frames.length) });
  const { body: expected } = await api.get(`${posted}/classification`);
  expect(expected).toMatchObject({ substance: 'almond', window_s: 100, drift: { status: 'uncalibrated' } });

  const live = stream(streamed);
  expect(await live.next('ready')).toMatchObject({ settled: 0 });
  for (let seq = 1; seq <= 10; seq += 1) live.send(seq, readingsOf((seq - 1) * 10, seq * 10));
  const ack = await live.next('ack', ({ seq }) => seq === 10);
  expect(ack).toMatchObject({ already_settled: false, stored: 10, duplicates: 0, findings: [] });
  const last = await live.next('classification', ({ seq }) => seq === 10);
  expect(last).toMatchObject({ dropped: 0, classification: expected });
  expect(await live.next('drift')).toMatchObject({ drift: { status: 'uncalibrated' } });
  expect((await api.get(`${streamed}/classification`)).body).toEqual(expected);
  live.socket.close(1000);
  expect(await live.closed).toMatchObject({ code: 1000 });
}, 20_000);

test('a stream that breaks goes on where it stood, and no message is done twice', async () => {
  const path = await device();
  const first = stream(path, { session: 'lab-1' });
  await first.next('ready');
  first.send(1, readingsOf(0, 5));
  first.send(2, readingsOf(5, 10));
  await first.next('ack', ({ seq }) => seq === 2);
  first.socket.terminate();

  const second = stream(path, { session: 'lab-1' });
  expect(await second.next('ready')).toMatchObject({ session: 'lab-1', settled: 2 });
  // Its acknowledgement may have been lost on the way.
  second.send(2, readingsOf(5, 10));
  expect(await second.next('ack')).toMatchObject({ seq: 2, already_settled: true, stored: 0 });
  second.send(3, readingsOf(10, 12));
  expect(await second.next('ack', ({ seq }) => seq === 3)).toMatchObject({ stored: 2 });
  expect((await api.get(path)).body.readings).toBe(12);

  const third = stream(path, { session: 'lab-1' });
  expect(await third.next('ready')).toMatchObject({ settled: 3 });
  expect(await second.closed).toMatchObject({ code: 4409 });
  third.send(5, readingsOf(12, 14));
  expect(await third.closed).toEqual({
    code: 4409,
    reason: 'the next message of this stream has the number 4, not 5',
  });
});

test('stored readings are listed in pages, each with the moment to go on from', async () => {
  const path = await device();
  await api.post(`${path}/readings`, { readings: readingsOf(0, 5) });
  const times: string[] = [];
  let next: string | undefined = `${path}/readings?limit=2`;
  while (next) {
    const { body, headers }: Awaited<ReturnType<ApiClient['get']>> = await api.get(next);
    times.push(...body.readings.map(({ t }: { t: string }) => t));
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(next === undefined).toBe(body.next === null);
  }
  expect(times.map((t) => Date.parse(t))).toEqual([0, 1, 2, 3, 4].map((second) => start + second * 1000));
});

test('readings that are refused are told by field, are settled, and the stream goes on', async () => {
  const path = await device();
  const live = stream(path, { session: 'bad' });
  const t = new Date(start).toISOString();
  live.socket.once('open', () => live.send(1, [{ t, channels: { Perfume: 1 } }]));
  const { seq, problem } = await live.next('error');
  expect([seq, problem.code, problem.errors?.[0]?.pointer]).toEqual([
    1,
    'invalid_input',
    '/readings/0/channels/Perfume',
  ]);
  live.send(2, readingsOf(0, 1));
  expect(await live.next('ack')).toMatchObject({ seq: 2, stored: 1 });
  expect(await stream(path, { session: 'bad' }).next('ready')).toMatchObject({ settled: 2 });
});

test.each([
  ['text that is no JSON', '{"type":"readings"', 4400],
  ['a message of another kind', '{"type":"subscribe"}', 4400],
  ['a number that is none', '{"type":"readings","seq":0,"readings":[]}', 4400],
  ['an unknown member', '{"type":"readings","seq":1,"readings":[],"key":"sk_"}', 4400],
  ['bytes', Buffer.from([1, 2, 3]), 1003],
  ['more than a megabyte', 'x'.repeat(1024 * 1024 + 1), 1009],
])('%s closes the stream with a reason', async (_, message, code) => {
  const live = stream(await device());
  await live.next('ready');
  live.socket.send(message);
  expect(await live.closed).toMatchObject({ code });
  if (code === 4400) {
    expect(live.events.at(-1)).toMatchObject({ type: 'error', problem: { code: 'invalid_input' } });
  }
});

test('bytes that are no frames, and text that is no UTF-8, close the stream', async () => {
  const path = await device();
  const garbled = stream(path);
  await garbled.next('ready');
  // As if it came from the network: a frame with reserved bits and an opcode that is none.
  const { _socket: socket } = garbled.socket as unknown as { _socket: { write: (bytes: Buffer) => void } };
  socket.write(Buffer.from([0xff, 0xff, 0x00, 0xaa, 0xaa]));
  expect((await garbled.closed).code).toBe(1002);
  const text = stream(path);
  await text.next('ready');
  (text.socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket.write(
    Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
  );
  expect((await text.closed).code).toBe(1007);
});

test('what is no handshake is answered with a problem like any other', async () => {
  const path = await device();
  const plain = await api.get(`${path}/stream`);
  expect([plain.status, plain.body.code, plain.headers.get('upgrade')]).toEqual([
    426,
    'upgrade_required',
    'websocket',
  ]);
  const key = { 'X-API-Key': api.key };
  const url = `${fleet.url}${path}/stream`;
  expect(await refusedStream(url, {})).toMatchObject({ status: 401 });
  expect(await refusedStream(url, key, ['chat'])).toMatchObject({ status: 400 });
  expect(await refusedStream(`${url}?session=a%20b`, key)).toMatchObject({ status: 400 });
  expect(await refusedStream(`${url}?key=${api.key}`, key)).toMatchObject({ status: 400 });
  expect(await refusedStream(url, { ...key, Origin: 'https://elsewhere.example' })).toMatchObject({
    status: 403,
  });
  const nobodys = '/api/v1/sensors/devices/00000000-0000-4000-8000-000000000000/stream';
  expect(await refusedStream(`${fleet.url}${nobodys}`, key)).toMatchObject({ status: 404 });
  const { secret } = (await api.post('/api/v1/keys', { scopes: ['predict'] })).body;
  expect(await refusedStream(url, { 'X-API-Key': secret })).toMatchObject({ status: 403 });
  const { hostname, port } = new URL(fleet.url);
  const raw = connect(Number(port), hostname);
  raw.write(
    `GET ${path}/stream HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-api-key: ${api.key}\r\nsec-websocket-protocol: ${streamProtocol}\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of raw) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*Sec-WebSocket-Key/s);
});

test('a ticket opens one stream of one device, once, without a key', async () => {
  const [path, other] = [await device(), await device()];
  const made = await api.post(`${path}/stream-tickets`);
  expect(made.status).toBe(201);
  const { protocols, url } = made.body;
  expect(JSON.stringify(made.body)).not.toContain(api.key);
  expect(await refusedStream(`${fleet.url}${other}/stream`, {}, protocols)).toMatchObject({ status: 401 });
  const live = openStream(`${fleet.url}${url}`, {}, protocols);
  open.push(live);
  expect(await live.next('ready')).toMatchObject({ settled: 0 });
  expect(live.socket.protocol).toBe(streamProtocol);
  const again = await refusedStream(`${fleet.url}${url}`, {}, protocols);
  expect([again.status, again.body.detail]).toEqual([401, expect.stringContaining('used before')]);
  const forged = [streamProtocol, `${streamTicketPrefix}v1.00000000.AAAA`];
  expect(await refusedStream(`${fleet.url}${url}`, {}, forged)).toMatchObject({ status: 401 });
});

test('a key that is revoked, or loses the scope, closes its streams within a second', async () => {
  const path = await device();
  const changes = [
    (id: string) => api.delete(`/api/v1/keys/${id}`),
    (id: string) => api.request('PATCH', `/api/v1/keys/${id}`, { scopes: ['predict'] }),
  ];
  for (const [index, change] of changes.entries()) {
    const { id, secret } = (await api.post('/api/v1/keys', { scopes: ['sensors', 'models:*'] })).body;
    const live = stream(path, { key: secret });
    await live.next('ready');
    const changed = performance.now();
    await change(id);
    const { code } = await live.closed;
    expect(code).toBe(index === 0 ? 4401 : 4403);
    expect(performance.now() - changed).toBeLessThan(1000);
  }
});

test('a tenant has as many streams open as its tier allows, and a place comes free', async () => {
  const free = await fleet.tenant('TIER_FREE');
  const path = await device(free);
  const streams = [stream(path, { key: free.key }), stream(path, { key: free.key })];
  for (const live of streams) await live.next('ready');
  const third = await refusedStream(`${fleet.url}${path}/stream`, { 'X-API-Key': free.key });
  expect([third.status, third.body.code]).toEqual([429, 'rate_limited']);
  streams[0]?.socket.close();
  await streams[0]?.closed;
  await stream(path, { key: free.key }).next('ready');
});

test('while sensors is away nothing is lost: the connection waits, and what was unheard is sent again', async () => {
  const path = await device();
  const live = stream(path, { session: 'outage' });
  await live.next('ready');
  live.send(1, readingsOf(0, 2));
  await live.next('ack');
  proxy.cut();
  for (let seq = 2; seq <= 6; seq += 1) live.send(seq, readingsOf(2 * seq - 2, 2 * seq));
  setTimeout(() => proxy.mend(), 300);
  expect(await live.next('ack', ({ seq }) => seq === 6)).toMatchObject({ stored: 2 });
  expect((await api.get(path)).body.readings).toBe(12);
}, 20_000);

test('a gateway that stops settles what is in hand, closes with 1001 and is soon gone', async () => {
  const own = await fleet.startGateway();
  const path = await device();
  const live = stream(path, { url: own.url, session: 'moving' });
  await live.next('ready');
  live.send(1, readingsOf(0, 2));
  await live.next('ack');
  const startedMs = performance.now();
  const stopped = own.gateway.stop();
  expect(await live.closed).toMatchObject({ code: 1001 });
  expect(await stopped).toBe(true);
  expect(performance.now() - startedMs).toBeLessThan(5000);
  expect(await stream(path, { session: 'moving' }).next('ready')).toMatchObject({ settled: 1 });
});

test('the connection is a request in the log of usage and leaves its close code in the metrics', async () => {
  const text = await (await fetch(`http://127.0.0.1:${fleet.gateway.ports['metrics']}/metrics`)).text();
  expect(text).toMatch(/olfactory_sensor_streams\{[^}]*\} \d+/);
  expect(text).toMatch(/olfactory_sensor_stream_closes_total\{[^}]*code="4401"[^}]*\} 1/);
  expect(text).toMatch(
    /olfactory_requests_total\{[^}]*endpoint="\/api\/v1\/sensors\/devices\/\{id\}\/stream",status="101"/,
  );
});
