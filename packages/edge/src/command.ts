import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig, startService } from '@sillage/kit';
import { SerialPort } from 'serialport';
import { z } from 'zod';
import { checkEdge, edgeVariables, withEdgeFile } from './config.ts';
import { encodeReading } from './reading.ts';
import { edgeAgent, openSource } from './service.ts';
import type { Sink } from './sources/source.ts';
import { Spool } from './spool.ts';
import { Stamper } from './stamper.ts';
import { usage } from './usage.ts';

const options = {
  config: { type: 'string' },
  port: { type: 'string' },
  baud: { type: 'string' },
  timeout: { type: 'string' },
  mqtt: { type: 'string' },
  topic: { type: 'string' },
  input: { type: 'string' },
  format: { type: 'string' },
  columns: { type: 'string' },
  url: { type: 'string' },
  device: { type: 'string' },
  name: { type: 'string' },
  spool: { type: 'string' },
  status: { type: 'string', default: 'http://127.0.0.1:9464' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const variables = {
  config: 'EDGE_CONFIG',
  port: 'SENSOR_PORT',
  baud: 'SENSOR_BAUDRATE',
  timeout: 'SENSOR_TIMEOUT',
  mqtt: 'EDGE_MQTT_URL',
  topic: 'EDGE_MQTT_TOPIC',
  input: 'EDGE_INPUT',
  format: 'SENSOR_FORMAT',
  columns: 'SENSOR_COLUMNS',
  url: 'SILLAGE_URL',
  device: 'SILLAGE_DEVICE',
  name: 'SENSOR_NAME',
  spool: 'EDGE_SPOOL',
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** `sillage edge …`: resolves with the exit code. */
export async function edgeCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [name = 'run', ...rest] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const told = Object.entries(variables).flatMap(([option, variable]) => {
    const value = values[option as keyof typeof variables];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const environment = () => withEdgeFile({ ...process.env, ...Object.fromEntries(told) });
  if (rest.length === 0) {
    switch (name) {
      case 'run':
        return run(environment());
      case 'try':
        return show(environment());
      case 'status':
        return status(values.status, values.json);
      case 'ports':
        return ports();
      case 'refused':
        return refused(environment());
    }
  }
  process.stderr.write(`sillage edge: there is no command "${positionals.join(' ')}"\n\n${usage}`);
  return 2;
}

/** Until it is told to stop; with a file, until the fleet has all of it. */
async function run(environment: Environment): Promise<number> {
  const stop = requestToStop();
  const done = Promise.withResolvers<unknown>();
  const running = await startService(edgeAgent(done.resolve), environment);
  const error = await Promise.race([stop, done.promise]);
  const isClean = await running.stop();
  if (error !== undefined) throw error;
  return isClean ? 0 : 1;
}

/** Prints readings as they would be sent. */
async function show(environment: Environment): Promise<number> {
  const config = loadConfig(edgeVariables, { SILLAGE_API_KEY: 'none', ...environment });
  checkEdge(config);
  const stamper = new Stamper();
  const told = new Map<string, number>();
  const print = (lines: Parameters<Sink['take']>[0]) => {
    for (const { timeMs, channels } of lines) {
      process.stdout.write(`${encodeReading({ timeMs: timeMs ?? stamper.stamp(Date.now()), channels })}\n`);
    }
  };
  const state = { isUp: false, detail: '' };
  const stopped = new AbortController();
  void requestToStop().then(() => stopped.abort());
  const watch = async () => {
    for (let last = ''; !stopped.signal.aborted; ) {
      if (state.detail !== last) process.stderr.write(`${state.detail}\n`);
      last = state.detail;
      await delay(200, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  void watch();
  await openSource(config, `sillage-try-${process.pid}`).run(
    {
      state,
      now: Date.now,
      position: () => undefined,
      countLines: (outcome) => {
        const count = (told.get(outcome) ?? 0) + 1;
        told.set(outcome, count);
        if (outcome !== 'read' && outcome !== 'header')
          process.stderr.write(`line not read: ${outcome} (${count})\n`);
      },
      take: print,
      takeAll: async (lines) => print(lines),
    },
    stopped.signal,
  );
  stopped.abort();
  return 0;
}

const reportSchema = z.object({
  status: z.string(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
});

/** 0: source and uplink are up; 1: one of them is not; throws where no agent answers. */
async function status(url: string, isJson: boolean): Promise<number> {
  let text: string;
  try {
    text = await (
      await fetch(`${url.replace(/\/+$/, '')}/ready`, { signal: AbortSignal.timeout(5000) })
    ).text();
  } catch {
    throw new Error(`no agent answers at ${url}: is it running, and is that its METRICS_PORT?`);
  }
  const { checks } = reportSchema.parse(JSON.parse(text));
  if (isJson) process.stdout.write(`${JSON.stringify(checks)}\n`);
  else {
    for (const [name, { ok, detail = '' }] of Object.entries(checks)) {
      process.stdout.write(`${name.padEnd(8)} ${ok ? 'up  ' : 'down'} ${detail}\n`);
    }
  }
  return Object.values(checks).every(({ ok }) => ok) ? 0 : 1;
}

async function ports(): Promise<number> {
  const found = await SerialPort.list();
  for (const { path, manufacturer = '', serialNumber = '' } of found) {
    process.stdout.write(`${path}  ${manufacturer} ${serialNumber}`.trimEnd().concat('\n'));
  }
  if (found.length === 0) process.stderr.write('there is no serial port; is the sensor plugged in?\n');
  return found.length === 0 ? 1 : 0;
}

async function refused(environment: Environment): Promise<number> {
  const { EDGE_SPOOL, EDGE_SPOOL_MB, EDGE_SPOOL_FULL } = loadConfig(edgeVariables, {
    SILLAGE_API_KEY: 'none',
    ...environment,
  });
  const spool = new Spool({ path: EDGE_SPOOL, maxBytes: EDGE_SPOOL_MB * 1024 * 1024, full: EDGE_SPOOL_FULL });
  for (const { reading, reason } of spool.refused()) {
    process.stdout.write(`${JSON.stringify({ ...JSON.parse(reading), reason })}\n`);
  }
  spool.close();
  return 0;
}

function requestToStop(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined));
    process.once('disconnect', () => resolve(undefined));
  });
}
