import { setTimeout as delay } from 'node:timers/promises';
import type { RunningService } from '@sillage/kit';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { enoseGolden } from './scripted-enose.ts';
import { type Owned, type SensorsBench, scrape, start, startSensorsBench } from './sensors.ts';

/** What stands under a device's state. */
interface State {
  readonly status: string;
  readonly classification: unknown;
  readonly session?: string;
  readonly settled?: number;
  readonly problem?: { readonly detail: string };
}

export type MqttBench = Awaited<ReturnType<typeof startMqttBench>>;

/** The sensors service, for tests that put a broker before it. What a test opens, `closeAll` closes, last first. */
export async function startMqttBench() {
  const bench: SensorsBench = await startSensorsBench();
  const closers: (() => Promise<unknown> | unknown)[] = [];

  /** A pod of the service, once the broker has taken its subscription. */
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
    const states: State[] = [];
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

  return {
    ...bench,
    pod,
    deviceAt,
    /** To be closed after the test. */
    onClose: (close: () => Promise<unknown> | unknown) => {
      closers.push(close);
    },
    closeAll: async () => {
      for (const close of closers.splice(0).toReversed()) await close();
    },
    /** How many readings of a device are stored. */
    readings: async (key: Owned) => (await bench.client.unary('GetDevice', key)).device?.readings ?? 0,
  };
}

const frames = enoseGolden.cases[0]?.frames ?? [];
/** Readings of the golden recording, from one frame up to another. */
export const readingsOf = (from: number, to: number) =>
  frames.slice(from, to).map((frame, at) => ({
    t: new Date(start + (from + at) * 1000).toISOString(),
    channels: Object.fromEntries(enoseGolden.channels.map((name, column) => [name, frame[column] ?? null])),
  }));

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${isSo}`);
    await delay(20);
  }
}

export async function isSubscribed(running: RunningService): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${running.ports['metrics']}/ready`);
  const report = (await answer.json()) as { checks: Record<string, { ok: boolean }> };
  return report.checks['mqtt']?.ok === true;
}

/** How many messages ended how, by the service's own metric. */
export async function outcomes(running: RunningService): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await scrape(running)).flatMap((line) => {
      const [, outcome, count] =
        /^olfactory_sensor_mqtt_messages_total\{.*outcome="(\w+)".*\} (\d+)$/.exec(line) ?? [];
      return outcome === undefined || count === '0' ? [] : [[outcome, Number(count)]];
    }),
  );
}
