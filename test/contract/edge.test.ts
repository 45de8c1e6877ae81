import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EdgeAgent, FleetApi, SerialSource, Spool } from '@sillage/edge';
import { createLog } from '@sillage/kit';
import type { ApiClient } from '../support/api-client.ts';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { makeTestFolder } from '../support/postgres.ts';
import { openPty } from '../support/pty.ts';
import { enoseGolden } from '../support/scripted-enose.ts';
import { type SensorsBench, start, startSensorsBench } from '../support/sensors.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let bench: SensorsBench;
let fleet: GatewayUnderTest;
let proxy: TcpProxy;
let api: ApiClient & { readonly key: string };
const folder = makeTestFolder();
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  bench = await startSensorsBench();
  fleet = await startGatewayUnderTest({ SENSORS_TARGET: `127.0.0.1:${bench.sensors.ports['grpc']}` });
  proxy = await startTcpProxy(Number(new URL(fleet.url).port));
  api = await fleet.tenant();
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  proxy.mend();
});
afterAll(async () => {
  await proxy.stop();
  await fleet.stop();
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const { channels } = enoseGolden;
const device = async () => String((await api.post('/api/v1/sensors/devices', { name: 'nose' })).body.id);
const path = (id: string) => `/api/v1/sensors/devices/${id}`;
const url = () => `http://127.0.0.1:${proxy.port}`;
const until = async (isSo: () => boolean | Promise<boolean>) => {
  const deadline = Date.now() + 40_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${isSo}`);
    await delay(20);
  }
};

async function agentAt(port: string, id: string, options: { columns?: string[]; timeoutS?: number } = {}) {
  const { log } = await createLog({ service: 'edge', level: 'silent' });
  const spool = new Spool({ path: ':memory:', maxBytes: 1e8, full: 'oldest' });
  const { columns, timeoutS = 30 } = options;
  const agent = new EdgeAgent({
    source: new SerialSource({ path: port, baudRate: 115_200, timeoutS, format: 'auto', columns }),
    spool,
    api: new FleetApi({ url: url(), key: api.key }),
    device: { id },
    log,
    uplink: { firstRetryMs: 50, longestRetryMs: 300 },
  });
  closers.push(async () => {
    await agent.stop();
    spool.close();
  });
  void agent.run();
  await until(() => agent.state.source.detail.includes('is open'));
  return { agent, spool };
}

const cell = (value: number | null) => (value === null ? '' : String(value));
const stamp = (second: number) => new Date(start + second * 1000).toISOString();

test('a recording by a serial port, between garbage and half lines, is classified as by HTTP', async () => {
  const frames = enoseGolden.cases[0]?.frames ?? [];
  const posted = await device();
  const readings = frames.map((frame, second) => ({
    t: stamp(second),
    channels: Object.fromEntries(channels.map((name, column) => [name, frame[column] ?? null])),
  }));
  await api.post(`${path(posted)}/readings`, { readings });

  const pty = openPty();
  const serial = await device();
  const { agent } = await agentAt(pty.path, serial);
  pty.write(`half,a,line\n\u0000\u00ff\u0001\n${['t', ...channels].join(',')}\r\n`);
  for (const [second, frame] of frames.entries()) {
    const line = [stamp(second), ...frame.map(cell)].join(',');
    // In two pieces, as a slow port delivers them.
    pty.write(line.slice(0, 9));
    pty.write(`${line.slice(9)}\r\n`);
    if (second % 10 === 0) pty.write('\u0007\u0003garbage\r\n1,2\r\n');
    if (second % 20 === 0) await delay(5);
  }
  await until(() => agent.state.readings.settled === frames.length);
  const [expected, got] = await Promise.all(
    [posted, serial].map(async (id) => (await api.get(`${path(id)}/classification`)).body),
  );
  expect(expected).toMatchObject({ substance: 'almond', window_s: 100 });
  expect(got).toEqual(expected);
  expect(agent.state.lines).toMatchObject({ garbled: 11, columns: 10, read: frames.length });
  await until(() => agent.state.smell !== undefined && agent.state.smell !== 'warming_up');
  expect(agent.state.smell).toMatch(/^almond 0\.\d\d \(uncalibrated\)$/);
  await pty.unplug();
}, 30_000);

test('a port that is pulled and plugged in again is read on', async () => {
  const first = openPty();
  // The same name for whichever number the kernel gives, as udev does.
  const port = join(folder, 'ttyNose');
  symlinkSync(first.path, port);
  const id = await device();
  const { agent } = await agentAt(port, id, { columns: ['t', 'NO2', 'CO'] });
  first.write(`half\n${stamp(0)},1,2\n${stamp(1)},3`);
  await until(() => agent.state.readings.settled === 1);
  await first.unplug();
  await until(() => !agent.state.source.isUp);
  expect(agent.state.source.detail).toContain('next try in');
  const second = openPty();
  rmSync(port);
  symlinkSync(second.path, port);
  await until(() => agent.state.source.detail.includes('is open'));
  // The rest of a line that began before: not read as if it were whole.
  second.write(`0,4\n${stamp(2)},5,6\n`);
  await until(() => agent.state.readings.settled === 2);
  const { body } = await api.get(`${path(id)}/readings`);
  expect(
    body.readings.map(({ channels: { NO2, CO } }: { channels: Record<string, number> }) => [NO2, CO]),
  ).toEqual([
    [1, 2],
    [5, 6],
  ]);
  await second.unplug();
}, 30_000);

test('a silent port is opened anew', async () => {
  const pty = openPty();
  const { agent } = await agentAt(pty.path, await device(), { timeoutS: 1 });
  await until(() => agent.state.source.detail.includes('silent for 1 s'));
  await until(() => agent.state.source.detail.includes('is open'));
  await pty.unplug();
}, 30_000);

/** Seconds for which the network is away while 10,000 readings are produced; `EDGE_CUT_S=60` for the long trial. */
const cutS = Number(process.env['EDGE_CUT_S'] ?? 2);

test(
  `the network cut for ${cutS} s while 10,000 readings come: none lost, none twice, in order`,
  async () => {
    const pty = openPty();
    const id = await device();
    const { agent, spool } = await agentAt(pty.path, id, { columns: ['t', 'NO2', 'CO'] });
    pty.write('half\n');
    const total = 10_000;
    const perBurst = 100;
    const cutFrom = 2000;
    const pauseMs = (cutS * 1000) / ((total - cutFrom) / perBurst);
    let cutAtMs = 0;
    for (let n = 0; n < total; n += perBurst) {
      if (n === cutFrom) {
        proxy.cut();
        cutAtMs = performance.now();
      }
      const lines = Array.from(
        { length: perBurst },
        (_, i) => `${stamp(n + i)},${(n + i) % 500},${(n + i) % 7}\n`,
      );
      pty.write(lines.join(''));
      await delay(pauseMs);
    }
    const behind = spool.counts().readings;
    await delay(Math.max(0, cutAtMs + cutS * 1000 - performance.now()));
    const awayS = (performance.now() - cutAtMs) / 1000;
    proxy.mend();
    await until(() => agent.state.readings.settled === total);
    const { body } = await api.get(`${path(id)}/readings?limit=10000`);
    const values = body.readings.map(({ t, channels: { NO2 } }: { t: string; channels: { NO2: number } }) => [
      t,
      NO2,
    ]);
    expect(values).toEqual(Array.from({ length: total }, (_, n) => [stamp(n), n % 500]));
    const { refused, dropped, duplicates } = agent.state.readings;
    expect({ refused, dropped, duplicates, left: spool.counts().readings }).toEqual({
      ...{ refused: 0, dropped: 0, duplicates: 0, left: 0 },
    });
    expect(behind).toBeGreaterThan(5000);
    console.info(
      `network away for ${awayS.toFixed(1)} s: ${behind} readings waited, ${total} stored, 0 lost, 0 twice`,
    );
    await pty.unplug();
  },
  120_000 + cutS * 2000,
);

test('an agent killed again and again sends a recording once', async () => {
  const id = await device();
  const total = 6000;
  const file = join(folder, 'recording.csv');
  const rows = Array.from({ length: total }, (_, n) => `${stamp(n)},${n % 500}`);
  writeFileSync(file, ['t,NO2', ...rows].join('\n'));
  const environment = {
    PATH: process.env['PATH'],
    ...{ SILLAGE_URL: url(), SILLAGE_API_KEY: api.key, SILLAGE_DEVICE: id, EDGE_INPUT: file },
    ...{ EDGE_SPOOL: join(folder, 'kill.db'), METRICS_PORT: '0', LOG_LEVEL: 'silent' },
  };
  const script = join(import.meta.dirname, '../../services/edge/dist/index.js');
  const begin = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [script], {
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  const stored = async () => Number((await api.get(path(id))).body.readings);
  for (const killAt of [1, total / 3]) {
    const child = await begin();
    await until(async () => (await stored()) >= killAt);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const last = await begin();
  await until(async () => (await stored()) >= total);
  last.kill('SIGTERM');
  expect(await once(last, 'exit')).toEqual([0, null]);
  const { body } = await api.get(`${path(id)}/readings?limit=10000`);
  expect(body.readings.map(({ channels: { NO2 } }: { channels: { NO2: number } }) => NO2)).toEqual(
    Array.from({ length: total }, (_, n) => n % 500),
  );
  expect(await stored()).toBe(total);
}, 60_000);
