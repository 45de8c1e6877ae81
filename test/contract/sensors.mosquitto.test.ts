import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { makeCertificates, startMosquitto } from '../support/mqtt-broker.ts';
import { type MqttBench, outcomes, readingsOf, startMqttBench, until } from '../support/mqtt-devices.ts';
import { makeTestFolder } from '../support/postgres.ts';

let bench: MqttBench;
const folder = makeTestFolder();

beforeAll(async () => {
  bench = await startMqttBench();
}, 60_000);
afterEach(() => bench.closeAll());
afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('MQTT 5: pods of a group share the messages, each of which is stored once', async () => {
  const broker = await startMosquitto(folder, ['allow_anonymous true']);
  bench.onClose(broker.stop);
  const shared = { MQTT_SHARE: 'pods' };
  // Pods have host names of their own; these two stand on one host.
  const pods = [
    await bench.pod(broker.url, { ...shared, MQTT_CLIENT_ID: 'a' }),
    await bench.pod(broker.url, { ...shared, MQTT_CLIENT_ID: 'b' }),
  ];
  const key = await bench.makeDevice();
  const { publish, states } = await bench.deviceAt(broker.url, key, { protocolVersion: 5 });
  for (let seq = 1; seq <= 100; seq += 1)
    await publish({ session: 's', seq, readings: readingsOf(seq - 1, seq) });
  await until(async () => (await bench.readings(key)) === 100);
  const counts = await Promise.all(pods.map(outcomes));
  expect(counts.map(({ stored = 0 }) => stored).reduce((sum, count) => sum + count, 0)).toBe(100);
  for (const { stored = 0 } of counts) expect(stored).toBeGreaterThan(10);
  await until(() => states.some(({ settled }) => settled === 100));
}, 30_000);

test('TLS with a client certificate; the broker’s access list says who may publish what', async () => {
  const certificates = join(folder, 'tls');
  mkdirSync(certificates);
  const key = await bench.makeDevice();
  const other = await bench.makeDevice();
  makeCertificates(certificates, ['broker', 'sensors', key.deviceId]);
  const file = (name: string) => join(certificates, name);
  // As docs/edge.md shows it: a device's certificate bears its id.
  writeFileSync(
    file('acl'),
    [
      'user sensors',
      'topic read sillage/v1/+/+/readings',
      'topic write sillage/v1/+/+/state',
      `user ${key.deviceId}`,
      `topic write sillage/v1/${key.tenantId}/${key.deviceId}/readings`,
      `topic read sillage/v1/${key.tenantId}/${key.deviceId}/state`,
      '',
    ].join('\n'),
  );
  const broker = await startMosquitto(folder, [
    ...[`cafile ${file('ca.crt')}`, `certfile ${file('broker.crt')}`, `keyfile ${file('broker.key')}`],
    ...['require_certificate true', 'use_identity_as_username true', `acl_file ${file('acl')}`],
  ]);
  bench.onClose(broker.stop);
  const url = `mqtts://127.0.0.1:${broker.port}`;
  const running = await bench.pod(url, {
    MQTT_CA_FILE: file('ca.crt'),
    MQTT_CERT_FILE: file('sensors.crt'),
    MQTT_KEY_FILE: file('sensors.key'),
  });
  const tls = {
    ...{ protocolVersion: 5 as const, ca: readFileSync(file('ca.crt')) },
    ...{ cert: readFileSync(file(`${key.deviceId}.crt`)), key: readFileSync(file(`${key.deviceId}.key`)) },
  };
  const { client, publish, states } = await bench.deviceAt(url, key, tls);
  await client
    .publishAsync(
      `sillage/v1/${other.tenantId}/${other.deviceId}/readings`,
      JSON.stringify(readingsOf(0, 1)[0]),
      { qos: 1 },
    )
    .catch(() => {});
  await publish(readingsOf(0, 1)[0]);
  await until(async () => (await bench.readings(key)) === 1);
  expect(await bench.readings(other)).toBe(0);
  await until(() => states.length > 0);
  expect(await outcomes(running)).toEqual({ stored: 1 });
  await expect(connectAsync(url, { ca: tls.ca, connectTimeout: 1500, reconnectPeriod: 0 })).rejects.toThrow();
}, 30_000);
