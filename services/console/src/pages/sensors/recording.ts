import type { ReadingJson } from '@sillage/contracts';
import { parseRecording, type Trace } from '@sillage/recordings';

/** Bytes of the largest recording that is read. */
export const maxBytes = 20_000_000;
/** Readings of one message to the API. */
const maxMessage = 1000;
const timeNames = new Set(['t', 'time', 'timestamp', 'seconds', 'second']);

/** A recording of a device, ready to be sent. */
export interface Recording extends Trace {
  /** Of each row, from the first one; ascending. */
  readonly offsetsMs: readonly number[];
  /** Columns that are no channels of the device: they are not sent. */
  readonly ignored: readonly string[];
}

export type RecordingFault = 'empty' | 'tooLarge' | 'notText' | 'noChannels' | 'line';

export class RecordingError extends Error {
  readonly fault: RecordingFault;
  /** Of the fault, from 1; 0: of the whole file. */
  readonly line: number;

  constructor(fault: RecordingFault, line = 0) {
    super(`recording: ${fault} ${line}`);
    this.fault = fault;
    this.line = line;
  }
}

/**
 * A recording of a device with these channels: CSV with a header (commas, semicolons with decimal commas, or tabs), or
 * NDJSON of readings as the API takes them. Without times there is a row a second. Throws RecordingError.
 */
export function readRecording(title: string, text: string, channels: readonly string[]): Recording {
  if (text.includes('\0')) throw new RecordingError('notText');
  const clean = text.replace(/^\uFEFF/, '');
  if (clean.trim() === '') throw new RecordingError('empty');
  const table = clean.trimStart().startsWith('{') ? ndjson(clean) : csv(clean);
  const kept = table.channels.flatMap((name, at) => (channels.includes(name) ? [at] : []));
  if (kept.length === 0) throw new RecordingError('noChannels');
  return {
    title,
    channels: kept.map((at) => table.channels[at] ?? ''),
    rows: table.rows.map((row) => kept.map((at) => row[at] ?? null)),
    offsetsMs: offsetsOf(table.times, table.rows.length),
    ignored: table.channels.filter((name) => !channels.includes(name)),
  };
}

/** A trace with a row a second, as a recording. */
export function recordingOf(trace: Trace): Recording {
  return { ...trace, offsetsMs: trace.rows.map((_, second) => second * 1000), ignored: [] };
}

interface Table {
  readonly channels: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
  /** Unix milliseconds or milliseconds from anywhere; NaN where there is none. */
  readonly times: readonly number[];
}

function csv(text: string): Table {
  const header = text.slice(0, text.search(/\r?\n|$/));
  const isTab = header.includes('\t');
  const isSemicolon = !isTab && header.includes(';');
  const usual = isTab
    ? text.replaceAll('\t', ',')
    : isSemicolon
      ? text.replaceAll(',', '.').replaceAll(';', ',')
      : text;
  if (usual.trim().split(/\r?\n/).length < 2) throw new RecordingError('empty');
  const { channels, rows } = parseRecording(usual, '');
  const names = channels.map((name) => name.replace(/^"(.*)"$/, '$1'));
  const at = names.findIndex((name) => timeNames.has(name.toLowerCase()));
  if (at < 0) return { channels: names, rows, times: [] };
  const lines = usual.split(/\r?\n/).filter((line) => line.trim() !== '');
  return {
    channels: names.filter((_, column) => column !== at),
    rows: rows.map((row) => row.filter((_, column) => column !== at)),
    times: lines.slice(1).map((line) =>
      timeOf(
        line
          .split(',')
          [at]?.trim()
          .replace(/^"(.*)"$/, '$1'),
      ),
    ),
  };
}

function ndjson(text: string): Table {
  const readings = text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const reading = readingOf(line);
    if (!reading) throw new RecordingError('line', at + 1);
    return [reading];
  });
  const channels = [...new Set(readings.flatMap((reading) => Object.keys(reading.channels)))];
  return {
    channels,
    rows: readings.map((reading) => channels.map((name) => reading.channels[name] ?? null)),
    times: readings.map(({ t }) => timeOf(t)),
  };
}

/** A line of NDJSON; undefined: it is no reading. */
function readingOf(line: string): { t: unknown; channels: Record<string, number | null> } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('channels' in value)) return undefined;
    const { channels } = value;
    if (typeof channels !== 'object' || channels === null || Array.isArray(channels)) return undefined;
    const isRight = Object.values(channels).every((level) => level === null || typeof level === 'number');
    if (!isRight) return undefined;
    return { t: 't' in value ? value.t : undefined, channels: channels as Record<string, number | null> };
  } catch {
    return undefined;
  }
}

/** Milliseconds: of RFC 3339, of seconds, or of milliseconds since 1970. */
function timeOf(value: unknown): number {
  if (value === undefined || value === '') return Number.NaN;
  const figure = Number(value);
  if (Number.isNaN(figure)) return Date.parse(String(value));
  return Math.abs(figure) > 1e11 ? figure : figure * 1000;
}

/** Times from the first one; a second each where they are missing or do not ascend. */
function offsetsOf(times: readonly number[], rows: number): readonly number[] {
  const first = times[0] ?? Number.NaN;
  const isRight =
    times.length === rows &&
    times.every((time, at) => Number.isFinite(time) && (at === 0 || time > (times[at - 1] ?? time)));
  return Array.from({ length: rows }, (_, at) => (isRight ? (times[at] ?? 0) - first : at * 1000));
}

/** When the first reading of a replay is said to be measured: so that the last one is of the moment it is sent. */
export function startOf({ offsetsMs }: Pick<Recording, 'offsetsMs'>, speed: number, nowMs: number): number {
  const lengthMs = offsetsMs.at(-1) ?? 0;
  return Math.round(nowMs - lengthMs * (1 - 1 / speed));
}

/** Rows from `sent` on whose time has come after `elapsedMs` of a replay; of one message. */
export function dueRows(
  { offsetsMs }: Pick<Recording, 'offsetsMs'>,
  { sent, elapsedMs, speed }: { readonly sent: number; readonly elapsedMs: number; readonly speed: number },
): number {
  let end = sent;
  while (end < offsetsMs.length && end - sent < maxMessage && (offsetsMs[end] ?? 0) <= elapsedMs * speed) {
    end += 1;
  }
  return end;
}

/** Rows as the API takes them. */
export function readingsOf(recording: Recording, first: number, end: number, startMs: number): ReadingJson[] {
  return recording.rows.slice(first, end).map((row, at) => ({
    t: new Date(startMs + (recording.offsetsMs[first + at] ?? 0)).toISOString(),
    channels: Object.fromEntries(recording.channels.map((name, column) => [name, row[column] ?? null])),
  }));
}
