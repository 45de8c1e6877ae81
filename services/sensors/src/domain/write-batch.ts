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
