import type { ReadingJson } from '@sillage/contracts';

/** The newest readings of a device, as the plots take them: column by column. */
export interface LiveWindow {
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly channels: Readonly<Record<string, readonly (number | null)[]>>;
}

export const emptyWindow: LiveWindow = { times: [], channels: {} };

/** The window with readings after those it has, cut to its last `seconds`. */
export function withReadings(
  window: LiveWindow,
  readings: readonly ReadingJson[],
  names: readonly string[],
  seconds: number,
): LiveWindow {
  const newest = window.times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const added = readings
    .map(({ t, channels }) => ({ time: Date.parse(t) / 1000, channels }))
    .filter(({ time }) => time > newest);
  if (added.length === 0) return window;
  const times = [...window.times, ...added.map(({ time }) => time)];
  const start = (times.at(-1) ?? 0) - seconds;
  const first = times.findIndex((time) => time >= start);
  const channels = names.map((name) => {
    const before = window.channels[name] ?? window.times.map(() => null);
    const values = [...before, ...added.map((reading) => reading.channels[name] ?? null)];
    return [name, values.slice(first)] as const;
  });
  return { times: times.slice(first), channels: Object.fromEntries(channels) };
}

/** The newest value of a channel; undefined: none in the window. */
export function newestOf(values: readonly (number | null)[] | undefined): number | undefined {
  return values?.findLast((value) => value !== null) ?? undefined;
}
