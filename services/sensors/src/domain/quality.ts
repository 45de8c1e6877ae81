import { type ChannelSpec, type ReadingBlock, valueAt } from './readings.ts';

/** What can be wrong with the values of a channel. */
export type QualityKind =
  | 'unknown_channel'
  | 'not_finite'
  | 'missing'
  | 'sentinel'
  | 'saturated'
  | 'out_of_range'
  | 'stuck'
  | 'noisy'
  | DeviceKind;

/** What can be wrong with the time of a reading, which is refused then. */
export type ClockKind = 'clock_not_set' | 'in_future' | 'too_old';

/** What can be wrong with a device as a whole; such findings have no channel. */
export type DeviceKind = ClockKind | 'clock_ahead' | 'clock_behind' | 'rate_changed';

/**
 * One kind of fault on one channel. An `error` is the sender's to mend and refuses the block; a `warning` is what sensors
 * do: the block is kept, the values concerned are stored as not measured (save `stuck`, whose values stay).
 */
export interface QualityFinding {
  readonly channel: string;
  readonly kind: QualityKind;
  readonly severity: 'error' | 'warning';
  /** Readings concerned. */
  readonly count: number;
  /** First reading concerned, from 0. */
  readonly firstRow: number;
  readonly detail: string;
}

export interface QualityRules {
  /** Channels the classifier reads, then those that are only stored. */
  readonly channels: readonly ChannelSpec[];
  readonly otherChannels: readonly ChannelSpec[];
  /** Values that drivers report in place of a failed measurement. */
  readonly sentinels: readonly number[];
}

export interface Inspection {
  /** The block with every faulty value replaced by NaN. */
  readonly block: ReadingBlock;
  readonly findings: readonly QualityFinding[];
  /** False when a finding is an error: nothing of the block should be stored. */
  readonly accepted: boolean;
}

/** Inspects a block in time order; rows are not dropped or moved. */
export function inspect(block: ReadingBlock, rules: QualityRules): Inspection {
  const specs = new Map([...rules.otherChannels, ...rules.channels].map((spec) => [spec.name, spec]));
  const sentinels = new Set(rules.sentinels);
  const values = Float64Array.from(block.values);
  const findings: QualityFinding[] = [];
  const rows = block.timesMs.length;
  const C = block.channels.length;

  block.channels.forEach((name, c) => {
    const spec = specs.get(name);
    if (spec === undefined) {
      const known = [...rules.channels, ...rules.otherChannels].map((spec) => spec.name).join(', ');
      const detail = `no such channel; known are ${known}`;
      findings.push({
        channel: name,
        kind: 'unknown_channel',
        severity: 'error',
        count: rows,
        firstRow: 0,
        detail,
      });
      return;
    }
    const tallies = new Map<QualityKind, { count: number; firstRow: number; value: number }>();
    for (let row = 0; row < rows; row++) {
      const value = valueAt(block, row, c);
      const kind = judge(value, spec, sentinels);
      if (kind === undefined) continue;
      values[row * C + c] = Number.NaN;
      const tally = tallies.get(kind);
      if (tally === undefined) tallies.set(kind, { count: 1, firstRow: row, value });
      else tally.count++;
    }
    for (const [kind, { count, firstRow, value }] of tallies) {
      const severity = kind === 'not_finite' ? 'error' : 'warning';
      findings.push({ channel: name, kind, severity, count, firstRow, detail: explain(kind, value, spec) });
    }
    const stuck = longestConstant(block, values, c);
    if (spec.stuck_after_s !== undefined && stuck.seconds >= spec.stuck_after_s) {
      const detail = `the same value for ${Math.round(stuck.seconds)} s; a working sensor changes within ${spec.stuck_after_s} s`;
      const { count, firstRow } = stuck;
      findings.push({ channel: name, kind: 'stuck', severity: 'warning', count, firstRow, detail });
    }
  });

  for (const { name } of rules.channels) {
    if (rows > 0 && !block.channels.includes(name)) {
      const detail =
        'the channel is not in these readings; the classifier puts its training median in its place';
      findings.push({
        channel: name,
        kind: 'missing',
        severity: 'warning',
        count: rows,
        firstRow: 0,
        detail,
      });
    }
  }
  const accepted = findings.every((finding) => finding.severity !== 'error');
  return { block: { ...block, values }, findings, accepted };
}

function judge(value: number, spec: ChannelSpec, sentinels: ReadonlySet<number>): QualityKind | undefined {
  // Nearly all of them.
  if (value >= spec.min && value <= spec.max && value !== spec.saturated_at) return undefined;
  if (Number.isNaN(value)) return 'missing';
  if (!Number.isFinite(value)) return 'not_finite';
  // A sentinel is only one where it cannot be a measurement: -1 is a temperature, but no gas count.
  if (sentinels.has(value) && (value < spec.min || value > spec.max)) return 'sentinel';
  if (spec.saturated_at !== undefined && value === spec.saturated_at) return 'saturated';
  if (value < spec.min || value > spec.max) return 'out_of_range';
  return undefined;
}

function explain(kind: QualityKind, value: number, spec: ChannelSpec): string {
  switch (kind) {
    case 'missing':
      return 'not measured';
    case 'not_finite':
      return `${value} is not a finite number`;
    case 'sentinel':
      return `${value} is what a driver reports for a failed measurement`;
    case 'saturated':
      return `${value} ${spec.unit} is the end stop of the converter`;
    case 'out_of_range':
      return `${value} is outside ${spec.min} to ${spec.max} ${spec.unit}`;
    case 'unknown_channel':
    case 'stuck':
    case 'noisy':
    case 'clock_not_set':
    case 'in_future':
    case 'too_old':
    case 'clock_ahead':
    case 'clock_behind':
    case 'rate_changed':
      return kind;
    default:
      return kind satisfies never;
  }
}

/** The longest run without change among the measured values of a channel. */
function longestConstant(
  block: ReadingBlock,
  values: Float64Array,
  c: number,
): { seconds: number; count: number; firstRow: number } {
  const C = block.channels.length;
  let best = { seconds: 0, count: 0, firstRow: 0 };
  let start = -1;
  let held = Number.NaN;
  let count = 0;
  for (let row = 0; row < block.timesMs.length; row++) {
    const value = values[row * C + c] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (start < 0 || value !== held) {
      start = row;
      held = value;
      count = 0;
    }
    count++;
    const seconds = ((block.timesMs[row] ?? 0) - (block.timesMs[start] ?? 0)) / 1000;
    if (seconds > best.seconds) best = { seconds, count, firstRow: start };
  }
  return best;
}
