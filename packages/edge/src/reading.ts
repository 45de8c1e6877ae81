/** One moment of a sensor on its way: values by channel, in the sensor's own units; null: not measured. */
export interface Reading {
  /** Unix time in milliseconds. */
  readonly timeMs: number;
  readonly channels: Readonly<Record<string, number | null>>;
}

/** What a line of a sensor says; without a time of its own, it is stamped when it comes. */
export interface ParsedLine {
  readonly timeMs: number | undefined;
  readonly channels: Readonly<Record<string, number | null>>;
}

/**
 * What became of a line. `half`: the first one after a port was opened, which may have lost its beginning. `overlong`,
 * `garbled` (no text, no JSON, no number where one should be) and `columns` (another number of cells than there are
 * columns, or more than a device can have) are dropped. `bad_time` is read, and stamped by our own clock.
 */
export const lineOutcomes = ['read', 'header', 'half', 'overlong', 'garbled', 'columns', 'bad_time'] as const;
export type LineOutcome = (typeof lineOutcomes)[number];

/** Adds up outcomes. */
export type CountLines = (outcome: LineOutcome, count?: number) => void;

/** A clock that was never set starts at 1970; the fleet takes no reading from before 2000… */
const earliestMs = Date.UTC(2000, 0, 1);
/** …nor one more than a day ahead (services/sensors/src/domain/ingest.ts). */
const aheadMs = 86_400_000;

/** Whether the fleet would take a reading of this time. */
export function isPlausible(timeMs: number, nowMs: number): boolean {
  return timeMs >= earliestMs && timeMs <= nowMs + aheadMs;
}

/** The text in which a reading is spooled and sent: as the API takes it. */
export function encodeReading({ timeMs, channels }: Reading): string {
  return JSON.stringify({ t: new Date(timeMs).toISOString(), channels });
}
