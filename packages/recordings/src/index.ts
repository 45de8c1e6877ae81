/** What a simulated sensor measures. */
export interface Trace {
  readonly title: string;
  readonly channels: readonly string[];
  /** One row per second; null: not measured. */
  readonly rows: readonly (readonly (number | null)[])[];
}

/** One reading as the API takes it. */
export interface Reading {
  readonly t: string;
  readonly channels: Readonly<Record<string, number | null>>;
}

/** Statistics of the training recordings, as the e-nose model carries them: synthesis.json. */
export interface Synthesis {
  readonly channels: readonly string[];
  /** Length of a course in seconds. */
  readonly seconds: number;
  /** By substance, of ln(1 + count): the mean course, and per channel the spread between recordings and the noise. */
  readonly substances: Readonly<Record<string, SubstanceSynthesis>>;
}

export interface SubstanceSynthesis {
  readonly course: readonly (readonly number[])[];
  readonly spread: readonly number[];
  readonly noise: readonly number[];
}

/** Numbers of a CSV with a header; an empty or non-numeric cell is a value not measured. */
export function parseRecording(text: string, title: string): Trace {
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const channels = header?.split(',').map((name) => name.trim()) ?? [];
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return channels.map((_, c) => {
      const value = Number.parseFloat(cells[c] ?? '');
      return Number.isFinite(value) ? value : null;
    });
  });
  if (rows.length === 0) throw new Error(`${title} has no readings`);
  return { title, channels, rows };
}

export interface SynthesisRequest {
  readonly substance: string;
  /** First second of the course, and how many. */
  readonly from: number;
  readonly seconds: number;
  readonly seed: number;
}

/** A trace whose course, spread between recordings and noise are those of the substance's training recordings. */
export function synthesise(model: Synthesis, { substance, from, seconds, seed }: SynthesisRequest): Trace {
  const own = Object.hasOwn(model.substances, substance) ? model.substances[substance] : undefined;
  if (own === undefined) {
    throw new Error(`no substance ${substance}; there are ${Object.keys(model.substances).join(', ')}`);
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

/** Channels that a biased gas sensor leaves alone. */
const ambient = new Set(['Temperature', 'Pressure', 'Humidity', 'Altitude', 'Gas_Resistance', 'Benzene']);

export interface Sending {
  /** Time of the first reading, Unix milliseconds; one follows every second. */
  readonly startMs: number;
  /** Channels to send; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Added to every gas channel. */
  readonly offset: number;
}

export function toReadings(trace: Trace, { startMs, only, offset }: Sending): Reading[] {
  return trace.rows.map((row, second) => {
    const entries = trace.channels.flatMap((name, c): [string, number | null][] => {
      if (only !== undefined && !only.has(name)) return [];
      const value = row[c] ?? null;
      return [[name, value === null || ambient.has(name) ? value : value + offset]];
    });
    return { t: new Date(startMs + second * 1000).toISOString(), channels: Object.fromEntries(entries) };
  });
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
