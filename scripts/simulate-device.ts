/**
 * Plays an e-nose against the public API: replays a SmellNet recording or synthesises one, then asks what it smells.
 *
 *   node scripts/simulate-device.ts --recording almond.csv --key sk_…
 *   node scripts/simulate-device.ts --substance garlic --seconds 200 --rate 10
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const help = `Plays an e-nose device against the Sillage API.

  --recording FILE   replay a CSV: a header of channel names, then one row of numbers per second
  --substance NAME   or synthesise a trace from the statistics of NAME's training recordings
                     (the mean course, one random shift per channel, noise): a device to try things with, no evidence
                     of accuracy, since the model has seen what it is drawn from
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
  --url URL          address of the gateway (http://127.0.0.1:8000, or SILLAGE_URL)
  --key KEY          API key (or SILLAGE_API_KEY)
  --model DIR        model folder with synthesis.json (models/enose-smellnet/1 of this repository)
  --help             this text
`;

interface Trace {
  readonly title: string;
  readonly channels: readonly string[];
  /** One row per second; null: not measured. */
  readonly rows: readonly (readonly (number | null)[])[];
}

interface Synthesis {
  readonly channels: readonly string[];
  readonly seconds: number;
  readonly substances: Readonly<
    Record<string, { readonly course: number[][]; readonly spread: number[]; readonly noise: number[] }>
  >;
}

/** A fault of usage or an answer of the API, told in one line. */
class Refused extends Error {}

/** Numbers of a CSV with a header; an empty or non-numeric cell is a value not measured. */
function parseRecording(text: string, title: string): Trace {
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const channels = header?.split(',').map((name) => name.trim()) ?? [];
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return channels.map((_, c) => {
      const value = Number.parseFloat(cells[c] ?? '');
      return Number.isFinite(value) ? value : null;
    });
  });
  if (rows.length === 0) throw new Refused(`${title} has no readings`);
  return { title, channels, rows };
}

/** Mulberry32: small, seedable, good enough for noise. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A standard normal number (Box-Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A trace whose course, spread between recordings and noise are those of the substance's training recordings. */
function synthesise(model: Synthesis, substance: string, from: number, seconds: number, seed: number): Trace {
  const own = Object.hasOwn(model.substances, substance) ? model.substances[substance] : undefined;
  if (own === undefined) {
    throw new Refused(`no substance ${substance}; there are ${Object.keys(model.substances).join(', ')}`);
  }
  const random = randomFrom(seed);
  // One standard normal moves all channels together, as concentration does.
  const level = normal(random);
  const rows = Array.from({ length: seconds }, (_, t) =>
    model.channels.map((_name, c) => {
      const at = (Math.min(from + t, model.seconds - 1) / model.seconds) * (own.course.length - 1);
      const before = own.course[Math.floor(at)]?.[c] ?? 0;
      const after = own.course[Math.ceil(at)]?.[c] ?? before;
      // `noise` is of one-second differences; independent samples differ by the square root of two more than they vary.
      const noise = (normal(random) * (own.noise[c] ?? 0)) / Math.SQRT2;
      const log = before + (after - before) * (at % 1) + 0.5 * level * (own.spread[c] ?? 0) + noise;
      return Math.min(1022, Math.max(0, Math.round(Math.expm1(log))));
    }),
  );
  return { title: `synthetic ${substance}`, channels: model.channels, rows };
}

const ambient = new Set(['Temperature', 'Pressure', 'Humidity', 'Altitude', 'Gas_Resistance', 'Benzene']);

/** The readings as the API takes them, the first at `startMs`, one per second. */
function toReadings(
  trace: Trace,
  startMs: number,
  only: ReadonlySet<string> | undefined,
  offset: number,
): object[] {
  return trace.rows.map((row, second) => {
    const entries = trace.channels.flatMap((name, c): [string, number | null][] => {
      if (only !== undefined && !only.has(name)) return [];
      const value = row[c] ?? null;
      return [[name, value === null || ambient.has(name) ? value : value + offset]];
    });
    return { t: new Date(startMs + second * 1000).toISOString(), channels: Object.fromEntries(entries) };
  });
}

class Api {
  readonly #url: string;
  readonly #key: string;

  constructor(options: { readonly url: string; readonly key: string }) {
    this.#url = options.url.replace(/\/$/, '');
    this.#key = options.key;
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    type = 'application/json',
  ): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}/api/v1/sensors/devices${path}`, {
        method,
        headers: { 'x-api-key': this.#key, ...(body === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(30_000),
      });
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new Refused(`${method} ${path || '/'}: no answer from ${this.#url} (${String(cause)})`);
    }
    const text = await response.text();
    if (!response.ok) throw new Refused(`${method} ${path || '/'}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

function number(text: string | undefined, name: string, fallback: number, min: number, max: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(value) || value < min || value > max) {
    throw new Refused(`--${name} must be a number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
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
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const key = values.key ?? process.env['SILLAGE_API_KEY'];
  if (!key) throw new Refused('an API key is needed: --key or SILLAGE_API_KEY');
  if ((values.recording === undefined) === (values.substance === undefined)) {
    throw new Refused('give one of --recording FILE and --substance NAME');
  }
  const from = Math.floor(number(values.from, 'from', 0, 0, 1e6));
  const offset = number(values.offset, 'offset', 0, -1000, 1000);
  const rate = number(values.rate, 'rate', 0, 0, 1e5);
  const batch = Math.floor(number(values.batch, 'batch', rate > 0 ? Math.ceil(rate) : 100, 1, 10_000));

  let trace: Trace;
  if (values.recording !== undefined) {
    const whole = parseRecording(await readFile(values.recording, 'utf8'), basename(values.recording));
    const seconds = Math.floor(number(values.seconds, 'seconds', whole.rows.length, 1, 1e6));
    trace = { ...whole, rows: whole.rows.slice(from, from + seconds) };
    if (trace.rows.length === 0) throw new Refused(`${whole.title} ends before second ${from}`);
  } else {
    const folder = values.model ?? new URL('../models/enose-smellnet/1', import.meta.url).pathname;
    const model = JSON.parse(await readFile(`${folder}/synthesis.json`, 'utf8')) as Synthesis;
    const seconds = Math.floor(number(values.seconds, 'seconds', 200, 1, 1e6));
    const seed = Math.floor(number(values.seed, 'seed', 1, 0, 2 ** 32 - 1));
    trace = synthesise(model, values.substance ?? '', from, seconds, seed);
  }

  const api = new Api({ url: values.url ?? process.env['SILLAGE_URL'] ?? 'http://127.0.0.1:8000', key });
  let device = values.device;
  if (device === undefined) {
    const name = values.name ?? `simulated: ${trace.title}`.slice(0, 100);
    const created = await api.call('POST', '', JSON.stringify({ name }));
    device = (created as { id: string }).id;
  }
  // The last reading is sent as its time comes: a device faster than the clock began in the past, none is in the future.
  const ahead = rate > 1 ? 1 - 1 / rate : rate > 0 ? 0 : 1;
  const startMs = Math.round(Date.now() - ahead * trace.rows.length * 1000);
  const only = values.channels === undefined ? undefined : new Set(values.channels.split(','));
  const readings = toReadings(trace, startMs, only, offset);
  console.error(`device ${device}: ${readings.length} s of ${trace.title}`);

  const path = `/${encodeURIComponent(device)}`;
  const told = new Set<string>();
  const began = performance.now();
  for (let i = 0; i < readings.length; i += batch) {
    const part = readings.slice(i, i + batch);
    if (rate > 0) await sleep(Math.max(0, began + ((i + part.length) * 1000) / rate - performance.now()));
    const answer = values.ndjson
      ? await api.call(
          'POST',
          `${path}/readings`,
          part.map((reading) => JSON.stringify(reading)).join('\n'),
          'application/x-ndjson',
        )
      : await api.call('POST', `${path}/readings`, JSON.stringify({ readings: part }));
    const { findings = [] } = answer as { findings?: { channel: string; kind: string; detail: string }[] };
    for (const { channel, kind, detail } of findings) {
      if (told.has(`${channel} ${kind}`)) continue;
      told.add(`${channel} ${kind}`);
      console.error(`${channel}: ${kind}: ${detail}`);
    }
  }
  console.log(JSON.stringify(await api.call('GET', `${path}/classification`), null, 2));
}

try {
  await main();
} catch (error) {
  const usage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof Refused) && !usage) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
