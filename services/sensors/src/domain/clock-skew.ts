import type { QualityFinding } from './quality.ts';

/** The newest reading of a message, and when the message came, Unix milliseconds. */
export interface Arrival {
  readonly newestMs: number;
  readonly receivedMs: number;
}

/** What no network takes back: a reading that is measured seconds after it came. */
const aheadMs = 5000;
/** Lag that a live device does not have; less is the network, or a sender that collects before it sends. */
const behindMs = 60_000;
/** How long a live sender is watched before its lag is taken for its clock, and how steady that lag is. */
const live = { arrivals: 5, spanMs: 30_000, spreadMs: 5000 } as const;

/** Arrivals that are remembered of a device. */
export const rememberedArrivals = 12;

/**
 * What the last arrivals say of the device's clock. Ahead is certain. Behind looks like a backfill; only a lag that stays
 * the same while readings come live, as fast as they are measured, is a clock: a backfill catches up or ends.
 *
 * @param arrivals in the order they came, the newest last
 */
export function judgeClock(arrivals: readonly Arrival[]): readonly QualityFinding[] {
  const newest = arrivals.at(-1);
  if (!newest) return [];
  const ahead = newest.newestMs - newest.receivedMs;
  if (ahead > aheadMs) {
    return [
      finding(
        'clock_ahead',
        `the device's clock is ${seconds(ahead)} s ahead of ours: set it, for instance by NTP`,
      ),
    ];
  }
  const first = arrivals[0] ?? newest;
  if (arrivals.length < live.arrivals || newest.receivedMs - first.receivedMs < live.spanMs) return [];
  const lags = arrivals.map(({ newestMs, receivedMs }) => receivedMs - newestMs);
  const least = Math.min(...lags);
  if (least < behindMs || Math.max(...lags) - least > live.spreadMs) return [];
  return [
    finding(
      'clock_behind',
      `readings come live and ${seconds(least)} s late: the device's clock is behind ours; set it, for instance by NTP`,
    ),
  ];
}

function finding(kind: 'clock_ahead' | 'clock_behind', detail: string): QualityFinding {
  return { channel: '', kind, severity: 'warning', count: 1, firstRow: 0, detail };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
