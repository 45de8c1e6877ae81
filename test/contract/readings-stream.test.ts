import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { packReadings } from '@sillage/contracts';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { openReadingsStream, type ReadingsStream } from '../support/readings-stream.ts';
import { type SensorsBench, start, startSensorsBench } from '../support/sensors.ts';

let bench: SensorsBench;
let fleet: GatewayUnderTest;
let api: ApiClient & { readonly key: string; readonly keyId: string };
const open: ReadingsStream[] = [];

beforeAll(async () => {
  bench = await startSensorsBench();
  fleet = await startGatewayUnderTest({
    SENSORS_TARGET: `127.0.0.1:${bench.sensors.ports['grpc']}`,
    GRPC_PORT: '0',
  });
  api = await fleet.tenant();
}, 60_000);
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});
afterAll(async () => {
  await fleet.stop();
  await bench.stop();
});

const device = async () => String((await api.post('/api/v1/sensors/devices', { name: 'nose' })).body.id);
function stream(key = api.key): ReadingsStream {
  const opened = openReadingsStream(`127.0.0.1:${fleet.gateway.ports['grpc']}`, key);
  open.push(opened);
  return opened;
}
const block = (second: number, channels: Record<string, number> = { NO2: 10 + (second % 5) }) =>
  packReadings([{ t: new Date(start + second * 1000).toISOString(), channels }]);
const count = async (id: string) => (await api.get(`/api/v1/sensors/devices/${id}`)).body.readings;

test('a stream that breaks goes on where it stood, and no message is done twice', async () => {
  const deviceId = await device();
  const session = 'lab-1';
  const first = stream();
  for (const sequence of [1, 2]) {
    const answer = await first.ask({ deviceId, session, sequence, block: block(sequence) });
    expect(answer).toMatchObject({
      settled: sequence,
      refusal: null,
      stored: { stored: 1, alreadySettled: false },
    });
  }
  first.close();
  const second = stream();
  expect(await second.ask({ deviceId, session })).toMatchObject({ settled: 2, stored: null });
  const again = await second.ask({ deviceId, session, sequence: 2, block: block(2) });
  expect(again).toMatchObject({ settled: 2, stored: { alreadySettled: true } });
  await second.ask({ deviceId, session, sequence: 3, block: block(3) });
  expect(await count(deviceId)).toBe(3);
  await expect(second.ask({ deviceId, session, sequence: 7, block: block(7) })).rejects.toMatchObject({
    code: 6,
  });
});

test('a refused message is told by field and settled, and the stream goes on', async () => {
  const deviceId = await device();
  const live = stream();
  const refused = await live.ask({ deviceId, session: 's', sequence: 1, block: block(1, { Perfume: 1 }) });
  expect(refused).toMatchObject({
    ...{ settled: 1, stored: null },
    refusal: { code: 'invalid_input', errors: [{ pointer: '/readings/0/channels/Perfume' }] },
  });
  await live.ask({ deviceId, session: 's', sequence: 2, block: block(2) });
  expect(await count(deviceId)).toBe(1);
});

test('the policy of the HTTP door holds: keys, devices of others, revocation, one connection a session', async () => {
  const deviceId = await device();
  const message = { deviceId, session: 's', sequence: 1, block: block(1) };
  await expect(stream('sk_test_none').ask(message)).rejects.toMatchObject({ code: 16 });
  const stranger = await fleet.tenant();
  await expect(stream(stranger.key).ask(message)).rejects.toMatchObject({ code: 5 });
  await expect(stream().ask({ ...message, deviceId: randomUUID() })).rejects.toMatchObject({ code: 5 });

  const { id, secret } = (await api.post('/api/v1/keys', {})).body;
  const live = stream(secret);
  await live.ask(message);
  const taken = stream(secret);
  await taken.ask({ ...message, sequence: 2, block: block(2) });
  await expect(live.ask({ ...message, sequence: 3, block: block(3) })).rejects.toMatchObject({ code: 6 });
  await api.delete(`/api/v1/keys/${id}`);
  await expect(
    (async () => {
      for (let sequence = 3; sequence < 500; sequence += 1) {
        await taken.ask({ ...message, sequence, block: block(sequence) });
      }
    })(),
  ).rejects.toMatchObject({ code: 16 });
});

test('what is no message of this stream ends it with what is wrong', async () => {
  const deviceId = await device();
  const other = await device();
  const message = { deviceId, session: 's', sequence: 1, block: block(1) };
  const mixed = stream();
  await mixed.ask(message);
  await expect(mixed.ask({ ...message, deviceId: other, sequence: 2 })).rejects.toMatchObject({
    code: 3,
    details: expect.stringContaining('same in every message'),
  });
  const many = packReadings(
    Array.from({ length: 1001 }, (_, n) => ({ t: new Date(start + n).toISOString(), channels: { NO2: 1 } })),
  );
  await expect(stream().ask({ ...message, sequence: 2, block: many })).rejects.toMatchObject({ code: 3 });
});
