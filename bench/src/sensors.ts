import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { authService, streamProtocol } from '@sillage/contracts';
import { type Fleet, startFleet } from '@sillage/fleet';
import { GrpcClient } from '@sillage/kit';
import { WebSocket } from 'ws';
import { cpuSeconds, familyCpuSeconds } from './processes.ts';
import { type Goal, percentile } from './report.ts';

export interface SensorsLoad {
  /** Devices that post a reading a second, and for how long. */
  readonly devices: number;
  readonly seconds: number;
  /** Devices that stream a reading a second and are answered live. */
  readonly live: number;
}

/** Levels of the head smellnet-12 in ordinary air, a little flicker on each. */
const levels = { NO2: 216, C2H5OH: 300, VOC: 494, CO: 760, Alcohol: 4, LPG: 60, Gas_Resistance: 55 };
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** How many devices that measure once a second the embedded fleet takes, and how fast 200 are answered live. */
export async function measureSensors(load: SensorsLoad): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
  try {
    const fleet = await startFleet({ dataDir, port: 0, host: '127.0.0.1', env: { LOG_LEVEL: 'warn' } });
    try {
      return [...(await measurePosted(fleet, load)), ...(await measureLive(fleet, load))];
    } finally {
      await fleet.stop();
    }
  } finally {
    agent.destroy();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Each device posts its reading each second; one that was not taken goes with the next. */
async function measurePosted(fleet: Fleet, { devices, seconds }: SensorsLoad): Promise<Goal[]> {
  const { key, paths } = await makeDevices(fleet, devices, 'posting');
  const watch = watchMemory(fleet.processes.sensors.pid);
  const cpu = watchCpu(fleet, ['gateway', 'sensors']);
  const took: number[] = [];
  const counts = { measured: 0, refused: 0 };
  const startMs = Date.now() + 1000;
  await Promise.all(
    paths.map(async (path, at) => {
      let unsent: object[] = [];
      const phaseMs = (at / paths.length) * 1000;
      for (let second = 0; second < seconds || unsent.length > 0; second += 1) {
        await delay(Math.max(0, startMs + second * 1000 + phaseMs - Date.now()));
        if (second < seconds) {
          unsent.push(reading(startMs + second * 1000 + Math.round(phaseMs), second));
          counts.measured += 1;
        }
        const sent = performance.now();
        const answer = await post(`${fleet.url}${path}/readings`, key, { readings: unsent });
        if (answer.status === 200) {
          took.push(performance.now() - sent);
          unsent = [];
        } else counts.refused += 1;
        if (second > seconds + 120)
          throw new Error(`readings are not taken: ${answer.status} ${answer.body}`);
      }
    }),
  );
  const spentS = (Date.now() - startMs) / 1000;
  const stored = await storedOf(fleet, key);
  const spent = cpu(counts.measured);
  return [
    {
      name: `lost of ${devices} devices at 1 Hz`,
      unit: 'readings',
      value: counts.measured - stored,
      atMost: 0,
      detail: `${stored} stored in ${spentS.toFixed(0)} s, ${counts.refused} requests refused and sent again; answered p50 ${percentile(took, 0.5).toFixed(0)} ms, p95 ${percentile(took, 0.95).toFixed(0)} ms`,
    },
    { name: 'sensors process, largest', unit: 'MB', value: await watch(), atMost: 400 },
    { ...spent, name: 'processor time a reading', detail: `${spent.detail}; each reading a request` },
  ];
}

/** Each device streams its reading each second; what counts is the time to the classification that has it. */
async function measureLive(fleet: Fleet, { live, seconds }: SensorsLoad): Promise<Goal[]> {
  const { key, paths } = await makeDevices(fleet, live, 'streaming');
  // A window to begin with, so that each answer is a classification.
  const startMs = Date.now();
  for (const path of paths) {
    const earlier = Array.from({ length: 100 }, (_, n) => reading(startMs - (120 - n) * 1000, n));
    await post(`${fleet.url}${path}/readings`, key, { readings: earlier });
  }
  const took: number[] = [];
  const counts = { sent: 0, acknowledged: 0 };
  const cpu = watchCpu(fleet, ['gateway', 'sensors', 'inference']);
  await Promise.all(
    paths.map(async (path, at) => {
      const socket = new WebSocket(`${fleet.url}${path}/stream`, streamProtocol, {
        headers: { 'X-API-Key': key },
      });
      const sentAt = new Map<number, number>();
      socket.on('message', (data) => {
        const event: unknown = JSON.parse(String(data));
        const { type, seq } = event as { type: string; seq: number };
        if (type === 'ack') counts.acknowledged += 1;
        if (type !== 'classification') return;
        for (const [sent, when] of sentAt) {
          if (sent > seq) break;
          took.push(performance.now() - when);
          sentAt.delete(sent);
        }
      });
      await once(socket, 'open');
      // Connections are opened one behind the other, and so are the readings.
      const beginMs = Date.now() + 2000 + (at / live) * 1000;
      for (let seq = 1; seq <= seconds; seq += 1) {
        await delay(Math.max(0, beginMs + seq * 1000 - Date.now()));
        sentAt.set(seq, performance.now());
        counts.sent += 1;
        socket.send(JSON.stringify({ type: 'readings', seq, readings: [reading(Date.now(), seq)] }));
      }
      await delay(3000);
      socket.close(1000);
      await once(socket, 'close');
    }),
  );
  const spent = cpu(counts.sent);
  return [
    {
      name: `${live} devices live, reading to result, p95`,
      unit: 'ms',
      value: percentile(took, 0.95),
      atMost: 150,
      detail: `p50 ${percentile(took, 0.5).toFixed(0)}, p99 ${percentile(took, 0.99).toFixed(0)}; ${took.length} of ${counts.sent} readings in a result`,
    },
    {
      name: `${live} devices live, not acknowledged`,
      unit: 'readings',
      value: counts.sent - counts.acknowledged,
      atMost: 0,
    },
    { ...spent, name: 'processor time a live reading' },
  ];
}

function reading(timeMs: number, n: number): object {
  const channels = Object.fromEntries(
    Object.entries(levels).map(([name, level], at) => [name, level + ((n + at) % 3)]),
  );
  return { t: new Date(timeMs).toISOString(), channels };
}

/** A tenant of its own with so many devices. */
async function makeDevices(
  fleet: Fleet,
  count: number,
  name: string,
): Promise<{ key: string; paths: string[] }> {
  const auth = new GrpcClient({
    definition: authService,
    target: fleet.targets.auth,
    peer: 'auth',
    timeoutMs: 5000,
  });
  try {
    const { tenant } = await auth.unary('CreateTenant', { name, tier: 'TIER_ENTERPRISE' });
    const { secret } = await auth.unary('CreateKey', { tenantId: tenant?.id ?? '' });
    const paths: string[] = [];
    for (let n = 0; n < count; n += 1) {
      let made = await post(`${fleet.url}/api/v1/sensors/devices`, secret, { name: `nose ${n}` });
      // The first device waits for inference, which tells its channels.
      for (let turn = 0; made.status === 503 && turn < 120; turn += 1) {
        await delay(500);
        made = await post(`${fleet.url}/api/v1/sensors/devices`, secret, { name: `nose ${n}` });
      }
      if (made.status !== 201) throw new Error(`no device made: ${made.status} ${made.body}`);
      const { id } = JSON.parse(made.body) as { id: string };
      paths.push(`/api/v1/sensors/devices/${id}`);
    }
    return { key: secret, paths };
  } finally {
    auth.close();
  }
}

async function storedOf(fleet: Fleet, key: string): Promise<number> {
  const answer = await fetch(`${fleet.url}/api/v1/sensors/devices?limit=1000`, {
    headers: { 'X-API-Key': key },
  });
  const { devices } = (await answer.json()) as { devices: { readings: number }[] };
  return devices.reduce((sum, { readings }) => sum + readings, 0);
}

function post(url: string, key: string, body: object): Promise<{ status: number; body: string }> {
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'X-API-Key': key,
  };
  return new Promise((resolve) => {
    const ask = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: String(Buffer.concat(parts)) }),
      );
    });
    // A connection that broke: the readings go with the next request, and what was stored is a duplicate.
    ask.on('error', (error) => resolve({ status: 0, body: error.message }));
    ask.end(text);
  });
}

/** Processor time of what readings come by, from now until the returned function is called with how many they were. */
function watchCpu(
  { processes, postgres }: Fleet,
  names: readonly (keyof Fleet['processes'])[],
): (readings: number) => Goal & { readonly detail: string } {
  const look = () => {
    const used = names.map((name) => [name, cpuSeconds(processes[name].pid)] as const);
    return [...used, ['postgres', postgres ? familyCpuSeconds(postgres.pid) : 0] as const];
  };
  const began = look();
  return (readings) => {
    const each = look().map(
      ([name, used], at) => [name, ((used - (began[at]?.[1] ?? 0)) / readings) * 1e6] as const,
    );
    return {
      name: 'processor time',
      unit: 'µs',
      value: each.reduce((sum, [, used]) => sum + used, 0),
      detail: each.map(([name, used]) => `${name} ${used.toFixed(0)}`).join(', '),
    };
  };
}

/** The largest resident size of a process until the returned function is called, MB (Linux). */
function watchMemory(pid: number | undefined): () => Promise<number> {
  let largest = 0;
  const look = () => {
    const match = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m);
    largest = Math.max(largest, Number(match?.[1] ?? 0) / 1024);
  };
  look();
  const timer = setInterval(look, 1000);
  return async () => {
    clearInterval(timer);
    look();
    return largest;
  };
}
