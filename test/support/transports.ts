import { setTimeout as delay } from 'node:timers/promises';
import { packReadings, type ReadingJson } from '@sillage/contracts';
import { EdgeAgent, FleetApi, SerialSource, Spool } from '@sillage/edge';
import { createLog } from '@sillage/kit';
import { connectAsync } from 'mqtt';
import type { ApiClient } from './api-client.ts';
import { openPty } from './pty.ts';
import { openReadingsStream } from './readings-stream.ts';
import { openStream } from './stream-client.ts';

/** The ways into a fleet. */
export interface Doors {
  readonly api: ApiClient;
  readonly key: string;
  /** host:port of the gateway's gRPC. */
  readonly grpcTarget: string;
  readonly broker: string;
  readonly tenantId: string;
}

const perMessage = 25;
const messages = (readings: readonly ReadingJson[]) =>
  Array.from({ length: Math.ceil(readings.length / perMessage) }, (_, index) => ({
    seq: index + 1,
    readings: readings.slice(index * perMessage, (index + 1) * perMessage),
  }));
const pathOf = (id: string) => `/api/v1/sensors/devices/${id}`;

async function stored(api: ApiClient, id: string, count: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await api.get(pathOf(id))).body.readings < count) {
    if (Date.now() > deadline) throw new Error(`fewer than ${count} readings came`);
    await delay(50);
  }
}

async function post(api: ApiClient, id: string, body: unknown, headers = {}): Promise<void> {
  const { status } = await api.post(`${pathOf(id)}/readings`, body, headers);
  if (status >= 300) throw new Error(`readings were answered ${status}`);
}

/** A device's readings by serial port and edge agent: CSV lines with their time, in odd pieces. */
async function bySerialPort(doors: Doors, id: string, readings: readonly ReadingJson[]): Promise<void> {
  const pty = openPty();
  const { log } = await createLog({ service: 'edge', level: 'silent' });
  const spool = new Spool({ path: ':memory:', maxBytes: 1e8, full: 'oldest' });
  const agent = new EdgeAgent({
    source: new SerialSource({ path: pty.path, baudRate: 115_200, timeoutS: 30, format: 'auto' }),
    spool,
    api: new FleetApi({ url: doors.api.url, key: doors.key }),
    device: { id },
    log,
  });
  void agent.run();
  while (!agent.state.source.detail.includes('is open')) await delay(10);
  const names = Object.keys(readings[0]?.channels ?? {});
  const lines = readings.map(({ t, channels }) =>
    [t, ...names.map((name) => channels[name] ?? '')].join(','),
  );
  pty.write(`a line that began before\r\n${['t', ...names].join(',')}\r\n`);
  for (const line of lines) {
    pty.write(line.slice(0, 7));
    pty.write(`${line.slice(7)}\r\n`);
  }
  await stored(doors.api, id, readings.length);
  await agent.stop();
  spool.close();
  await pty.unplug();
}

async function byBroker(doors: Doors, id: string, readings: readonly ReadingJson[]): Promise<void> {
  const client = await connectAsync(doors.broker, { protocolVersion: 4 });
  const topic = `sillage/v1/${doors.tenantId}/${id}/readings`;
  for (const message of messages(readings)) {
    await client.publishAsync(topic, JSON.stringify({ session: 'recording', ...message }), { qos: 1 });
  }
  await stored(doors.api, id, readings.length);
  await client.endAsync();
}

async function byWebSocket({ api, key }: Doors, id: string, readings: readonly ReadingJson[]): Promise<void> {
  const live = openStream(`${api.url}${pathOf(id)}/stream`, { 'X-API-Key': key });
  await live.next('ready');
  const all = messages(readings);
  for (const message of all) live.send(message.seq, message.readings);
  await live.next('ack', ({ seq }) => seq === all.length);
  live.socket.close(1000);
  await live.closed;
}

async function byGrpc(
  { grpcTarget, key }: Doors,
  id: string,
  readings: readonly ReadingJson[],
): Promise<void> {
  const stream = openReadingsStream(grpcTarget, key);
  for (const message of messages(readings)) {
    const { settled, refusal } = await stream.ask({
      ...{ deviceId: id, session: 'recording', sequence: message.seq },
      block: packReadings(message.readings),
    });
    if (settled !== message.seq || refusal)
      throw new Error(`message ${message.seq}: ${JSON.stringify(refusal)}`);
  }
  stream.close();
}

/** Every way in, each with what sends a recording by it and resolves when it is stored. */
export const transports: Readonly<
  Record<string, (doors: Doors, id: string, readings: readonly ReadingJson[]) => Promise<void>>
> = {
  'HTTP, JSON': ({ api }, id, readings) => post(api, id, { readings }),
  'HTTP, NDJSON': ({ api }, id, readings) =>
    post(api, id, readings.map((reading) => JSON.stringify(reading)).join('\n'), {
      'Content-Type': 'application/x-ndjson',
    }),
  WebSocket: byWebSocket,
  gRPC: byGrpc,
  'MQTT broker': byBroker,
  'serial port': bySerialPort,
};
