import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { RunningService } from '@sillage/kit';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { hasMosquitto, makeCertificates, startAedes, startMosquitto } from '../support/mqtt-broker.ts';
import { makeTestFolder } from '../support/postgres.ts';
import { enoseGolden } from '../support/scripted-enose.ts';
import { type Owned, type SensorsBench, scrape, start, startSensorsBench } from '../support/sensors.ts';

let bench: SensorsBench;
const folder = makeTestFolder();
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  bench = await startSensorsBench();
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

const frames = enoseGolden.cases[0]?.frames ?? [];
const readingsOf = (from: number, to: number) =>
  frames.slice(from, to).map((frame, at) => ({
    t: new Date(start + (from + at) * 1000).toISOString(),
    channels: Object.fromEntries(enoseGolden.channels.map((name, column) => [name, frame[column] ?? null])),
  }));

async function pod(url: string, more: Record<string, string> = {}): Promise<RunningService> {
  const running = await bench.startPod({ MQTT_URL: url, ...more });
  closers.push(() => running.stop());
  await until(() => isSubscribed(running));
  return running;
}

/** A client of the broker as a device would be one, and what stands under its state. */
async function deviceAt(url: string, key: Owned, options: IClientOptions = {}) {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 4, ...options });
  closers.push(() => client.endAsync(true));
  const topic = `sillage/v1/${key.tenantId}/${key.deviceId}`;
  const states: {
    status: string;
    classification: unknown;
    settled?: number;
    problem?: { detail: string };
  }[] = [];
  client.on('message', (_, payload) => states.push(JSON.parse(String(payload))));
  await client.subscribeAsync(`${topic}/state`);
  const publish = (message: unknown) =>
    client.publishAsync(
      `${topic}/readings`,
      typeof message === 'string' ? message : JSON.stringify(message),
      { qos: 1 },
    );
  return { client, publish, states };
}

const until = async (isSo: () => boolean | Promise<boolean>) => {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${isSo}`);
    await delay(20);
  }
};
const isSubscribed = async (running: RunningService) => {
  const answer = await fetch(`http://127.0.0.1:${running.ports['metrics']}/ready`);
  const report = (await answer.json()) as { checks: Record<string, { ok: boolean }> };
  return report.checks['mqtt']?.ok === true;
};
const readings = async (key: Owned) => (await bench.client.unary('GetDevice', key)).device?.readings ?? 0;
const outcomes = async (running: RunningService) =>
  Object.fromEntries(
    (await scrape(running)).flatMap((line) => {
      const [, outcome, count] =
        /^olfactory_sensor_mqtt_messages_total\{.*outcome="(\w+)".*\} (\d+)$/.exec(line) ?? [];
      return outcome === undefined || count === '0' ? [] : [[outcome, Number(count)]];
    }),
  );
const v3 = { MQTT_VERSION: '3.1.1' };

test('a numbered message is stored once however often it comes; state and smell stand retained', async () => {
  const broker = await startAedes();
  closers.push(broker.stop);
  const running = await pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish, states } = await deviceAt(broker.url, key);
  for (let seq = 1; seq <= 10; seq += 1) {
    const message = { session: 'nose-1', seq, readings: readingsOf((seq - 1) * 10, seq * 10) };
    await publish(message);
    if (seq % 3 === 0) await publish(message);
  }
  await until(async () => (await readings(key)) === 100);
  await until(() => states.some(({ settled }) => settled === 10));
  expect(states.at(-1)).toMatchObject({
    ...{ status: 'receiving', session: 'nose-1', settled: 10 },
    classification: { status: 'uncalibrated', substance: 'almond', window_s: 100 },
  });
  expect(await outcomes(running)).toEqual({ stored: 10, settled_before: 3 });
  // Retained: who comes later is told at once.
  const late = await deviceAt(broker.url, key);
  await until(() => late.states.length > 0);
  expect(late.states[0]).toEqual(states.at(-1));
}, 30_000);

test('what cannot be read is refused in the state, and what follows is stored', async () => {
  const broker = await startAedes();
  closers.push(broker.stop);
  const running = await pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish, states } = await deviceAt(broker.url, key);
  await publish('half a mess');
  await publish({ t: new Date(start).toISOString(), channels: { Perfume: 1 } });
  await until(() => states.some(({ problem }) => problem?.detail.includes('Perfume') ?? false));
  await publish(readingsOf(0, 1)[0]);
  await until(async () => (await readings(key)) === 1);
  const nobody = await deviceAt(broker.url, { tenantId: randomUUID(), deviceId: key.deviceId });
  await nobody.publish(readingsOf(1, 2)[0]);
  await until(async () => (await outcomes(running))['no_device'] === 1);
  expect(await outcomes(running)).toEqual({ refused: 2, stored: 1, no_device: 1 });
  expect(nobody.states).toEqual([]);
}, 30_000);

test('a number that never comes is waited for, and then what follows is stored by its times', async () => {
  const broker = await startAedes();
  closers.push(broker.stop);
  const running = await pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish } = await deviceAt(broker.url, key);
  for (const seq of [1, 3, 4, 4])
    await publish({ session: 'gap', seq, readings: readingsOf(seq * 5, seq * 5 + 5) });
  await until(async () => (await readings(key)) === 15);
  await until(async () => (await outcomes(running))['unnumbered'] === 3);
  expect(await readings(key)).toBe(15);
}, 30_000);

test('a broker that is away at the start, and one that comes back, is waited for', async () => {
  const first = await startAedes();
  const { url } = first;
  const port = Number(new URL(url).port);
  await first.stop();
  const running = await bench.startPod({ MQTT_URL: url, ...v3 });
  closers.push(() => running.stop());
  expect(await isSubscribed(running)).toBe(false);
  const second = await startAedes(port);
  await until(() => isSubscribed(running));
  await second.stop();
  await until(async () => !(await isSubscribed(running)));
  const third = await startAedes(port);
  closers.push(third.stop);
  await until(() => isSubscribed(running));
  const key = await bench.makeDevice();
  await (await deviceAt(url, key)).publish(readingsOf(0, 1)[0]);
  await until(async () => (await readings(key)) === 1);
}, 30_000);

const withMosquitto = hasMosquitto ? test : test.skip;

withMosquitto(
  'MQTT 5: pods of a group share the messages, each of which is stored once',
  async () => {
    const broker = await startMosquitto(folder, ['allow_anonymous true']);
    closers.push(broker.stop);
    const shared = { MQTT_SHARE: 'pods' };
    // Pods have host names of their own; these two stand on one host.
    const pods = [
      await pod(broker.url, { ...shared, MQTT_CLIENT_ID: 'a' }),
      await pod(broker.url, { ...shared, MQTT_CLIENT_ID: 'b' }),
    ];
    const key = await bench.makeDevice();
    const { publish, states } = await deviceAt(broker.url, key, { protocolVersion: 5 });
    for (let seq = 1; seq <= 100; seq += 1)
      await publish({ session: 's', seq, readings: readingsOf(seq - 1, seq) });
    await until(async () => (await readings(key)) === 100);
    const counts = await Promise.all(pods.map(outcomes));
    expect(counts.map(({ stored = 0 }) => stored).reduce((sum, count) => sum + count, 0)).toBe(100);
    for (const { stored = 0 } of counts) expect(stored).toBeGreaterThan(10);
    await until(() => states.some(({ settled }) => settled === 100));
  },
  30_000,
);

withMosquitto(
  'TLS with a client certificate; the broker’s access list says who may publish what',
  async () => {
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
    closers.push(broker.stop);
    const url = `mqtts://127.0.0.1:${broker.port}`;
    const running = await pod(url, {
      MQTT_CA_FILE: file('ca.crt'),
      MQTT_CERT_FILE: file('sensors.crt'),
      MQTT_KEY_FILE: file('sensors.key'),
    });
    const { readFileSync } = await import('node:fs');
    const tls = {
      ...{ protocolVersion: 5 as const, ca: readFileSync(file('ca.crt')) },
      ...{ cert: readFileSync(file(`${key.deviceId}.crt`)), key: readFileSync(file(`${key.deviceId}.key`)) },
    };
    const { client, publish, states } = await deviceAt(url, key, tls);
    await client
      .publishAsync(
        `sillage/v1/${other.tenantId}/${other.deviceId}/readings`,
        JSON.stringify(readingsOf(0, 1)[0]),
        { qos: 1 },
      )
      .catch(() => {});
    await publish(readingsOf(0, 1)[0]);
    await until(async () => (await readings(key)) === 1);
    expect(await readings(other)).toBe(0);
    await until(() => states.length > 0);
    expect(await outcomes(running)).toEqual({ stored: 1 });
    await expect(
      connectAsync(url, { ca: tls.ca, connectTimeout: 1500, reconnectPeriod: 0 }),
    ).rejects.toThrow();
  },
  30_000,
);
