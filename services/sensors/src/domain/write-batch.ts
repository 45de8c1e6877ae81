/** Readings of one device that wait to be stored. */
export interface Waiting {
  readonly deviceId: string;
  readonly readings: number;
}

export interface BatchLimits {
  /** Readings of one batch, unless a single entry has more. */
  readonly maxReadings: number;
  readonly maxEntries: number;
}

/**
 * Takes the next batch out of what waits, first come first served. A device is in one batch at a time and once in it, so
 * that its messages are settled in their order; an entry larger than a batch goes alone. Empty: all wait for devices
 * that are being stored.
 */
export function takeBatch<W extends Waiting>(
  waiting: W[],
  busy: ReadonlySet<string>,
  limits: BatchLimits,
): W[] {
  const seen = new Set(busy);
  const taken: W[] = [];
  const left: W[] = [];
  let readings = 0;
  for (const entry of waiting) {
    const fits =
      taken.length === 0 ||
      (taken.length < limits.maxEntries && readings + entry.readings <= limits.maxReadings);
    if (fits && !seen.has(entry.deviceId)) {
      taken.push(entry);
      readings += entry.readings;
    } else left.push(entry);
    seen.add(entry.deviceId);
  }
  waiting.splice(0, waiting.length, ...left);
  return taken;
}

/** The last batch: when it began, and whose messages were in it. */
export interface LastBatch {
  readonly beganMs: number;
  readonly devices: ReadonlySet<string>;
}

/** Between the beginnings of two batches, so that what a transaction costs is shared by those who come in that time. */
const gatherMs = 10;

/**
 * Milliseconds until the next batch is to begin. The next message of a device that was in the last one waits for nobody:
 * its sender sends one after the other, and would be slowed down.
 */
export function waitForOthers(waiting: readonly Waiting[], last: LastBatch, nowMs: number): number {
  if (waiting.some(({ deviceId }) => last.devices.has(deviceId))) return 0;
  return Math.max(0, last.beganMs + gatherMs - nowMs);
}
