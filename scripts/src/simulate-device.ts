import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deviceSchema, ingestedSchema } from '@sillage/contracts';
import {
  parseRecording,
  type Reading,
  synthesise,
  synthesisSchema,
  type Trace,
  toReadings,
} from './simulate/trace.ts';

const usage = `usage: npm run sillage -- simulate [options]

Plays an electronic nose against the API: replays a recording or synthesises one, then asks what it smells.

  --recording FILE   replay a CSV: a header of channel names, then one row of numbers per second
  --substance NAME   or synthesise a trace from the statistics of NAME's training recordings
                     (the mean course, one random shift of all channels, noise): a device to try things with, no
                     evidence of accuracy, since the model has seen what it is drawn from
  --channels A,B     send these channels only
  --offset N         add N to every gas channel: a device with a bias, to try calibration with
  --seed N           seed of the synthesis (1)
  --from N           start at second N of the recording (0)
  --seconds N        send N seconds (all of a recording; 200 synthesised)
  --rate N           N times as fast as the clock; 0: as fast as possible (0)
  --batch N          readings per request, 1-10000 (100; when --rate is set as many as one second makes)
  --ndjson           send NDJSON instead of JSON
  --device ID        use this device instead of creating one
  --name NAME        name of the device created
  --url URL          address of the gateway (http://127.0.0.1:8080, or SILLAGE_URL)
  --key KEY          API key (or SILLAGE_API_KEY)
  --model DIR        model folder with synthesis.json (models/enose-smellnet/2 of this repository)
`;

const defaultModel = join(import.meta.dirname, '../../models/enose-smellnet/2');
const requestTimeoutMs = 30_000;

const options = {
  recording: { type: 'string' },
  substance: { type: 'string' },
  channels: { type: 'string' },
  offset: { type: 'string' },
  seed: { type: 'string' },
  from: { type: 'string' },
  seconds: { type: 'string' },
  rate: { type: 'string' },
  batch: { type: 'string' },
  ndjson: { type: 'boolean', default: false },
  device: { type: 'string' },
  name: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  model: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `sillage simulate`: prints what the device was told it smells; resolves with the exit code. */
export async function simulateDevice(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const key = values.key ?? process.env['SILLAGE_API_KEY'];
  if (!key) throw new Error('an API key is needed: --key or SILLAGE_API_KEY');
  const offset = number(values.offset, 'offset', 0, -1000, 1000);
  const rate = number(values.rate, 'rate', 0, 0, 1e5);
  const batch = whole(values.batch, 'batch', rate > 0 ? Math.min(10_000, Math.ceil(rate)) : 100, 1, 10_000);
  const trace = await readTrace(values);

  const api = new Api({ url: values.url ?? process.env['SILLAGE_URL'] ?? 'http://127.0.0.1:8080', key });
  const device = values.device ?? (await api.createDevice(values.name ?? `simulated: ${trace.title}`));
  // The last reading is sent as its time comes: a device faster than the clock began in the past, none is in the future.
  const ahead = rate > 1 ? 1 - 1 / rate : rate > 0 ? 0 : 1;
  const readings = toReadings(trace, {
    startMs: Math.round(Date.now() - ahead * trace.rows.length * 1000),
    only: values.channels === undefined ? undefined : new Set(values.channels.split(',')),
    offset,
  });
  process.stderr.write(`device ${device}: ${readings.length} s of ${trace.title}\n`);
  await send(api, device, readings, { rate, batch, isNdjson: values.ndjson });
  const answer = await api.call('GET', `/${encodeURIComponent(device)}/classification`);
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  return 0;
}

interface TraceOptions {
  readonly recording?: string | undefined;
  readonly substance?: string | undefined;
  readonly from?: string | undefined;
  readonly seconds?: string | undefined;
  readonly seed?: string | undefined;
  readonly model?: string | undefined;
}

async function readTrace(values: TraceOptions): Promise<Trace> {
  const { recording, substance } = values;
  const from = whole(values.from, 'from', 0, 0, 1e6);
  if (recording !== undefined && substance === undefined) {
    const recorded = parseRecording(await readFile(recording, 'utf8'), basename(recording));
    const seconds = whole(values.seconds, 'seconds', recorded.rows.length, 1, 1e6);
    const rows = recorded.rows.slice(from, from + seconds);
    if (rows.length === 0) throw new Error(`${recorded.title} ends before second ${from}`);
    return { ...recorded, rows };
  }
  if (substance !== undefined && recording === undefined) {
    const file = join(values.model ?? defaultModel, 'synthesis.json');
    const model = synthesisSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const seconds = whole(values.seconds, 'seconds', 200, 1, 1e6);
    return synthesise(model, {
      substance,
      from,
      seconds,
      seed: whole(values.seed, 'seed', 1, 0, 2 ** 32 - 1),
    });
  }
  throw new Error('give one of --recording FILE and --substance NAME');
}

/** Sends the readings in batches, at their pace; tells each kind of fault of each channel once. */
async function send(
  api: Api,
  device: string,
  readings: readonly Reading[],
  { rate, batch, isNdjson }: { rate: number; batch: number; isNdjson: boolean },
): Promise<void> {
  const path = `/${encodeURIComponent(device)}/readings`;
  const told = new Set<string>();
  const began = performance.now();
  for (let i = 0; i < readings.length; i += batch) {
    const part = readings.slice(i, i + batch);
    if (rate > 0) await delay(Math.max(0, began + ((i + part.length) * 1000) / rate - performance.now()));
    const answer = isNdjson
      ? await api.call('POST', path, {
          type: 'application/x-ndjson',
          text: part.map((reading) => JSON.stringify(reading)).join('\n'),
        })
      : await api.call('POST', path, json({ readings: part }));
    for (const { channel, kind, detail } of ingestedSchema.parse(answer).findings) {
      if (told.has(`${channel} ${kind}`)) continue;
      told.add(`${channel} ${kind}`);
      process.stderr.write(`${channel}: ${kind}: ${detail}\n`);
    }
  }
}

interface Body {
  readonly type: string;
  readonly text: string;
}

function json(value: unknown): Body {
  return { type: 'application/json', text: JSON.stringify(value) };
}

class Api {
  readonly #url: string;
  readonly #key: string;

  constructor({ url, key }: { readonly url: string; readonly key: string }) {
    this.#url = url.replace(/\/$/, '');
    this.#key = key;
  }

  async createDevice(name: string): Promise<string> {
    return deviceSchema.parse(await this.call('POST', '', json({ name: name.slice(0, 100) }))).id;
  }

  /** Throws one line that says what was asked and what came back. */
  async call(method: 'GET' | 'POST', path: string, body?: Body): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}/api/v1/sensors/devices${path}`, {
        method,
        headers: { 'x-api-key': this.#key, ...(body ? { 'content-type': body.type } : {}) },
        ...(body ? { body: body.text } : {}),
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new Error(`${method} ${path || '/'}: no answer from ${this.#url} (${String(cause)})`);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path || '/'}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

function number(text: string | undefined, name: string, fallback: number, min: number, max: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < min || value > max) {
    throw new Error(`--${name} must be a number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

function whole(text: string | undefined, name: string, fallback: number, min: number, max: number): number {
  return Math.floor(number(text, name, fallback, min, max));
}
