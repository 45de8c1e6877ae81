import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startAedes } from '../support/mqtt-broker.ts';
import {
  isSubscribed,
  type MqttBench,
  outcomes,
  readingsOf,
  startMqttBench,
  until,
} from '../support/mqtt-devices.ts';
import { start } from '../support/sensors.ts';

let bench: MqttBench;

beforeAll(async () => {
  bench = await startMqttBench();
}, 60_000);
afterEach(() => bench.closeAll());
afterAll(async () => {
  await bench.stop();
});

const v3 = { MQTT_VERSION: '3.1.1' };

test('a numbered message is stored once however often it comes; state and smell stand retained', async () => {
  const broker = await startAedes();
  bench.onClose(broker.stop);
  const running = await bench.pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish, states } = await bench.deviceAt(broker.url, key);
  for (let seq = 1; seq <= 10; seq += 1) {
    const message = { session: 'nose-1', seq, readings: readingsOf((seq - 1) * 10, seq * 10) };
    await publish(message);
    if (seq % 3 === 0) await publish(message);
  }
  await until(async () => (await bench.readings(key)) === 100);
  await until(() => states.some(({ settled }) => settled === 10));
  expect(states.at(-1)).toMatchObject({
    ...{ status: 'receiving', session: 'nose-1', settled: 10 },
    classification: { status: 'uncalibrated', substance: 'almond', window_s: 100 },
  });
  expect(await outcomes(running)).toEqual({ stored: 10, settled_before: 3 });
  // Retained: who comes later is told at once.
  const late = await bench.deviceAt(broker.url, key);
  await until(() => late.states.length > 0);
  expect(late.states[0]).toEqual(states.at(-1));
}, 30_000);

test('what cannot be read is refused in the state, and what follows is stored', async () => {
  const broker = await startAedes();
  bench.onClose(broker.stop);
  const running = await bench.pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish, states } = await bench.deviceAt(broker.url, key);
  await publish('half a mess');
  await publish({ t: new Date(start).toISOString(), channels: { Perfume: 1 } });
  await until(() => states.some(({ problem }) => problem?.detail.includes('Perfume') ?? false));
  await publish(readingsOf(0, 1)[0]);
  await until(async () => (await bench.readings(key)) === 1);
  const nobody = await bench.deviceAt(broker.url, { tenantId: randomUUID(), deviceId: key.deviceId });
  await nobody.publish(readingsOf(1, 2)[0]);
  await until(async () => (await outcomes(running))['no_device'] === 1);
  expect(await outcomes(running)).toEqual({ refused: 2, stored: 1, no_device: 1 });
  expect(nobody.states).toEqual([]);
}, 30_000);

test('a number that never comes is waited for, and then what follows is stored by its times', async () => {
  const broker = await startAedes();
  bench.onClose(broker.stop);
  const running = await bench.pod(broker.url, v3);
  const key = await bench.makeDevice();
  const { publish } = await bench.deviceAt(broker.url, key);
  for (const seq of [1, 3, 4, 4])
    await publish({ session: 'gap', seq, readings: readingsOf(seq * 5, seq * 5 + 5) });
  await until(async () => (await bench.readings(key)) === 15);
  await until(async () => (await outcomes(running))['unnumbered'] === 3);
  expect(await bench.readings(key)).toBe(15);
}, 30_000);

test('a broker that is away at the start, and one that comes back, is waited for', async () => {
  const first = await startAedes();
  const { url } = first;
  const port = Number(new URL(url).port);
  await first.stop();
  const running = await bench.startPod({ MQTT_URL: url, ...v3 });
  bench.onClose(() => running.stop());
  expect(await isSubscribed(running)).toBe(false);
  const second = await startAedes(port);
  await until(() => isSubscribed(running));
  await second.stop();
  await until(async () => !(await isSubscribed(running)));
  const third = await startAedes(port);
  bench.onClose(third.stop);
  await until(() => isSubscribed(running));
  const key = await bench.makeDevice();
  await (await bench.deviceAt(url, key)).publish(readingsOf(0, 1)[0]);
  await until(async () => (await bench.readings(key)) === 1);
}, 30_000);
