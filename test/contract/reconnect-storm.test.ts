import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Sillage, type StreamAck, type StreamState } from '@sillage/client';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { type SensorsBench, scrape, start, startSensorsBench } from '../support/sensors.ts';
import { openStream } from '../support/stream-client.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let bench: SensorsBench;
let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  bench = await startSensorsBench();
  fleet = await startGatewayUnderTest({ SENSORS_TARGET: `127.0.0.1:${bench.sensors.ports['grpc']}` });
  api = await fleet.tenant();
}, 60_000);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(async () => {
  await fleet.stop();
  await bench.stop();
});

/** `STORM_CONNECTIONS=500` for the whole storm; a multiple of the devices. */
const connections = Number(process.env['STORM_CONNECTIONS'] ?? 100);
const devices = 20;

const makeDevices = () =>
  Promise.all(
    Array.from({ length: devices }, async () =>
      String((await api.post('/api/v1/sensors/devices', { name: 'nose' })).body.id),
    ),
  );

test(`${connections} connections at once, broken and opened again, lose and double nothing`, async () => {
  const ids = await makeDevices();
  const connect = async (index: number, end: 'break' | 'close') => {
    const id = ids[index % devices];
    const session = `storm-${Math.floor(index / devices)}`;
    const live = openStream(`${fleet.url}/api/v1/sensors/devices/${id}/stream?session=${session}`, {
      'X-API-Key': api.key,
    });
    const { settled } = await live.next('ready');
    // A time of its own for each session of a device.
    const t = new Date(start + Math.floor(index / devices) * 1000).toISOString();
    if (settled < 1) live.send(1, [{ t, channels: { NO2: 10 + (index % 7) } }]);
    if (end === 'break') {
      live.socket.terminate();
      return;
    }
    if (settled < 1) await live.next('ack');
    live.socket.close(1000);
    await live.closed;
  };
  const all = (end: 'break' | 'close') =>
    Promise.all(Array.from({ length: connections }, (_, index) => connect(index, end)));
  await all('break');
  await all('close');
  for (const id of ids) {
    const { body } = await api.get(`/api/v1/sensors/devices/${id}`);
    expect(body.readings).toBe(connections / devices);
  }
  const open = (await scrape(fleet.gateway)).find((line) => line.startsWith('olfactory_sensor_streams{'));
  expect(open).toMatch(/ 0$/);
}, 100_000);

test(`${connections} clients whose network is cut at once come back by chance, not together, and lose and double nothing`, async () => {
  const ids = await makeDevices();
  const proxy = await startTcpProxy(Number(new URL(fleet.url).port));
  closers.push(proxy.stop);
  const sillage = new Sillage({ baseUrl: `http://127.0.0.1:${proxy.port}`, apiKey: api.key });
  const clients = Array.from({ length: connections }, (_, index) => {
    const states: { readonly state: StreamState; readonly atMs: number }[] = [];
    const stream = sillage.sensors.stream(ids[index % devices] ?? '', {
      onState: (state) => states.push({ state, atMs: performance.now() }),
    });
    closers.push(() => stream.close());
    // Times of its own for each client of a device.
    const send = (message: number) => {
      const t = new Date(start + (Math.floor(index / devices) * 3 + message) * 1000).toISOString();
      return stream.send([{ t, channels: { NO2: 10 + message } }]);
    };
    return { states, send };
  });
  await Promise.all(clients.map(({ send }) => send(0)));

  // Some of the second messages are stored and their acknowledgements lost, some never leave; the third wait.
  const acks: Promise<StreamAck>[] = clients.map(({ send }) => send(1));
  proxy.cut();
  acks.push(...clients.map(({ send }) => send(2)));
  setTimeout(proxy.mend, 300);
  const settled = await Promise.all(acks);
  const wrong = settled.filter(
    ({ stored, duplicates, already_settled: before }) => duplicates > 0 || (stored !== 1 && before !== true),
  );
  expect(wrong).toEqual([]);
  for (const id of ids) {
    const { body } = await api.get(`/api/v1/sensors/devices/${id}/readings?limit=10000`);
    expect(body.readings.map(({ t }: { t: string }) => t)).toEqual(
      Array.from({ length: (3 * connections) / devices }, (_, second) =>
        new Date(start + second * 1000).toISOString(),
      ),
    );
  }

  // Waits that were all alike would end in the order in which they began. (When exactly they end says little: all of
  // them, and the servers, share one process.)
  const orderOf = (momentOf: (states: (typeof clients)[number]['states'], cut: number) => number) =>
    clients.map(({ states }) =>
      momentOf(
        states,
        states.findIndex(({ state }) => state === 'waiting'),
      ),
    );
  const cutMs = orderOf((states, cut) => states[cut]?.atMs ?? Number.NaN);
  const againMs = orderOf((states, cut) => states[cut + 1]?.atMs ?? Number.NaN);
  const likeness = rankCorrelation(cutMs, againMs);
  expect(likeness).toBeLessThan(0.9);
  expect(clients.map(({ states }) => states.at(-1)?.state)).toEqual(clients.map(() => 'open'));
  const backMs = Math.max(...clients.map(({ states }) => states.at(-1)?.atMs ?? 0)) - Math.min(...cutMs);
  console.info(
    `${connections} clients cut for 0.3 s: all back ${(backMs / 1000).toFixed(1)} s after, in another order ` +
      `(rank correlation ${likeness.toFixed(2)}); ${3 * connections} readings, 0 lost, 0 twice`,
  );
}, 150_000);

/** Spearman's: 1 where both are in the same order, 0 where one says nothing of the other. */
function rankCorrelation(one: readonly number[], other: readonly number[]): number {
  const ranks = (values: readonly number[]) => {
    const sorted = values.map((value, index) => ({ value, index })).toSorted((a, b) => a.value - b.value);
    const rankOf: number[] = [];
    for (const [rank, { index }] of sorted.entries()) rankOf[index] = rank;
    return rankOf;
  };
  const [mine, theirs] = [ranks(one), ranks(other)];
  const apart = mine.reduce((sum, rank, index) => sum + (rank - (theirs[index] ?? 0)) ** 2, 0);
  return 1 - (6 * apart) / (one.length * (one.length ** 2 - 1));
}
