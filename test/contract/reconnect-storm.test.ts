import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { type SensorsBench, scrape, start, startSensorsBench } from '../support/sensors.ts';
import { openStream } from '../support/stream-client.ts';

let bench: SensorsBench;
let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string };

beforeAll(async () => {
  bench = await startSensorsBench();
  fleet = await startGatewayUnderTest({ SENSORS_TARGET: `127.0.0.1:${bench.sensors.ports['grpc']}` });
  api = await fleet.tenant();
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await bench.stop();
});

/** `STORM_CONNECTIONS=500` for the whole storm; a multiple of the devices. */
const connections = Number(process.env['STORM_CONNECTIONS'] ?? 200);
const devices = 20;

test(`${connections} connections at once, broken and opened again, lose and double nothing`, async () => {
  const ids = await Promise.all(
    Array.from({ length: devices }, async () =>
      String((await api.post('/api/v1/sensors/devices', { name: 'nose' })).body.id),
    ),
  );
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
}, 50_000);
