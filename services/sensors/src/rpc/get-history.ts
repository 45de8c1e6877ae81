import type { GetHistoryRequest__Output, GetHistoryResponse } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import { readDeviceKey, readSpan } from '../domain/fields.ts';
import { type Bucket, maxPoints, resolutionFor } from '../domain/history.ts';
import type { HandlerParts } from './handlers.ts';

const hourMs = 3_600_000;
const defaultPoints = 600;

const resolutions = {
  RESOLUTION_UNSPECIFIED: undefined,
  RESOLUTION_RAW: 'raw',
  RESOLUTION_MINUTE: 'minute',
  RESOLUTION_HOUR: 'hour',
} as const;
const names = { raw: 'RESOLUTION_RAW', minute: 'RESOLUTION_MINUTE', hour: 'RESOLUTION_HOUR' } as const;

/** GetHistory: a span of a device's readings, as fine as asked for or as a plot of so many points can show. */
export async function getHistory(
  { devices, readings, history }: HandlerParts,
  request: GetHistoryRequest__Output,
): Promise<GetHistoryResponse> {
  const span = readSpan(request);
  const points = request.points || defaultPoints;
  if (points > maxPoints) throw invalidField('/points', `points must be at most ${maxPoints}`);
  const device = await devices.get(readDeviceKey(request));
  const toMs = span.toMs ?? device.lastReadingMs ?? device.createdAt.getTime();
  const fromMs = span.fromMs ?? toMs - hourMs;
  if (fromMs > toMs) throw invalidField('/from', 'from lies after the last reading; name an end with to');
  const resolution = resolutions[request.resolution] ?? resolutionFor(toMs - fromMs, points);
  const limit = maxPoints + 1;
  const found =
    resolution === 'raw'
      ? await rawPoints(readings.read(device.id, device.channels, { fromMs, toMs, limit, keep: 'oldest' }))
      : await history.read(device.id, { resolution, fromMs, toMs, limit });
  const shown = found.slice(0, maxPoints);
  return {
    resolution: names[resolution],
    fromMs,
    toMs,
    channels: [...device.channels],
    timeMs: shown.map(({ timeMs }) => timeMs),
    readings: shown.map((point) => point.readings),
    means: pack(shown, ({ means }) => means),
    minima: pack(shown, ({ minima }) => minima),
    maxima: pack(shown, ({ maxima }) => maxima),
    truncated: found.length > maxPoints,
  };
}

async function rawPoints(
  reading: Promise<{
    readonly timesMs: readonly number[];
    readonly channels: readonly string[];
    readonly values: Float64Array;
  }>,
): Promise<readonly Bucket[]> {
  const { timesMs, channels, values } = await reading;
  return timesMs.map((timeMs, row) => ({
    timeMs,
    readings: 1,
    means: [...values.subarray(row * channels.length, (row + 1) * channels.length)],
    minima: [],
    maxima: [],
  }));
}

/** One list of numbers of each point as little-endian float64, the order of every platform that Node runs on. */
function pack(points: readonly Bucket[], of: (point: Bucket) => readonly number[]): Buffer {
  return Buffer.from(Float64Array.from(points.flatMap((point) => [...of(point)])).buffer);
}
