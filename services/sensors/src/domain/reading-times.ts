import type { ClockKind, QualityFinding } from './quality.ts';

/** A clock that was never set starts at 1970; seconds sent as milliseconds land there too. */
const earliestMs = Date.UTC(2000, 0, 1);

/**
 * How far ahead of ours a device's clock may be. A day lets every time zone and any replay pass, and still catches
 * microseconds and a wrong year, after which no later reading would ever be the newest.
 */
const aheadMs = 24 * 3_600_000;

export interface TimeRules {
  readonly nowMs: number;
  /** How old a reading may be that is stored: what is past its retention would be dropped at once. */
  readonly maxAgeMs: number;
}

/** A reading that is not stored, by its place in the call. */
export interface RefusedReading {
  readonly index: number;
  readonly kind: ClockKind;
  readonly detail: string;
}

export interface JudgedTimes {
  readonly refused: readonly RefusedReading[];
  /** Places of the others, in their order. */
  readonly kept: readonly number[];
  /** One finding for each kind of refusal. */
  readonly findings: readonly QualityFinding[];
}

/** Tells times that can be from those that cannot, Unix milliseconds. */
export function judgeTimes(timesMs: readonly number[], rules: TimeRules): JudgedTimes {
  const refused: RefusedReading[] = [];
  const kept: number[] = [];
  for (const [index, time] of timesMs.entries()) {
    const kind = judge(time, rules);
    if (kind) refused.push({ index, kind, detail: explain(kind, rules) });
    else kept.push(index);
  }
  const findings = (['clock_not_set', 'in_future', 'too_old'] as const).flatMap((kind): QualityFinding[] => {
    const own = refused.filter((reading) => reading.kind === kind);
    const [first] = own;
    if (!first) return [];
    const { detail, index } = first;
    return [{ channel: '', kind, severity: 'warning', count: own.length, firstRow: index, detail }];
  });
  return { refused, kept, findings };
}

function judge(timeMs: number, { nowMs, maxAgeMs }: TimeRules): ClockKind | undefined {
  if (timeMs < earliestMs) return 'clock_not_set';
  if (timeMs > nowMs + aheadMs) return 'in_future';
  return timeMs < nowMs - maxAgeMs ? 'too_old' : undefined;
}

function explain(kind: ClockKind, { maxAgeMs }: TimeRules): string {
  switch (kind) {
    case 'clock_not_set':
      return 't lies before the year 2000: the clock of the device is not set';
    case 'in_future':
      return 't lies more than a day in the future: check the clock of the device';
    case 'too_old':
      return `t lies more than ${Math.floor(maxAgeMs / 86_400_000)} days back: readings are not kept that long`;
    default:
      return kind satisfies never;
  }
}
