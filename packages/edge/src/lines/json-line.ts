import { maxChannels } from '@sillage/contracts';
import type { CsvRow } from './csv.ts';
import { numberTime, textTime } from './times.ts';

const timeNames = ['t', 'time', 'timestamp'] as const;

/**
 * A reading as a line of JSON: `{"t":…,"channels":{"NO2":216}}` as the API takes it, or flat, `{"NO2":216,"CO":3}`.
 * `columns`: more of them than a device can have.
 */
export function readJsonLine(line: string): CsvRow | 'garbled' | 'columns' {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'garbled';
  }
  if (!isRecord(value)) return 'garbled';
  const time = timeNames.map((name) => value[name]).find((found) => found !== undefined && found !== null);
  const nested = value['channels'];
  const source = isRecord(nested) ? nested : value;
  const channels: Record<string, number | null> = {};
  let count = 0;
  for (const [name, reading] of Object.entries(source)) {
    if (source === value && (timeNames as readonly string[]).includes(name)) continue;
    if (reading !== null && !(typeof reading === 'number' && Number.isFinite(reading))) return 'garbled';
    count += 1;
    if (count > maxChannels) return 'columns';
    channels[name] = reading;
  }
  if (count === 0) return 'garbled';
  const timeMs = readTime(time);
  return { timeMs, isTimeWrong: timeMs === undefined && time !== undefined, channels };
}

function readTime(time: unknown): number | undefined {
  if (typeof time === 'number') return numberTime(time);
  return typeof time === 'string' ? textTime(time) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
