import { jsonPointer } from '@sillage/contracts';
import { AppError, type FieldError, invalidField } from '@sillage/kit';
import { inspect, type QualityFinding } from './quality.ts';
import { type ChannelSpec, type ReadingBlock, valueAt } from './readings.ts';
import { qualityRules, type SensorType } from './sensor-type.ts';
import { orderReadings } from './window.ts';
import { arrangeChannels } from './wire-block.ts';

/** A clock that was never set starts at 1970; seconds sent as milliseconds land there too. */
const earliestMs = Date.UTC(2000, 0, 1);

/**
 * How far ahead of ours a device's clock may be. A day lets every time zone and any replay pass, and still catches
 * microseconds and a wrong year, after which no later reading would ever be the newest.
 */
const aheadMs = 24 * 3_600_000;

const maxRefusals = 50;

/** Readings ready to be stored, or why none of them can be; what was found is told (and counted) either way. */
export type PreparedReadings =
  | {
      readonly kind: 'accepted';
      /** The device's channels in its order, by time, one reading a time. */
      readonly block: ReadingBlock;
      readonly duplicates: number;
      readonly outOfOrder: number;
      readonly findings: readonly QualityFinding[];
    }
  | { readonly kind: 'refused'; readonly error: AppError; readonly findings: readonly QualityFinding[] };

/**
 * Makes the readings of one call ready to be stored. All or nothing: an unknown channel or an infinite value refuses
 * them (an impossible time is thrown), and the error points at the reading in the sender's order. What sensors do
 * wrong is reported, and its values are stored as not measured.
 *
 * A value at the converter's end stop is stored as it is: it says which way the truth lies, and whoever reads it back
 * inspects it again.
 */
export function prepareReadings(
  sent: ReadingBlock,
  device: { readonly channels: readonly string[] },
  type: SensorType,
  nowMs: number,
): PreparedReadings {
  assertTimes(sent.timesMs, nowMs);
  const rules = qualityRules(type, device.channels);
  const { block, duplicates, outOfOrder } = orderReadings(sent);
  const { block: clean, findings, accepted } = inspect(block, rules);
  if (!accepted) return { kind: 'refused', error: refusal(sent, findings), findings };
  const kept = keepSaturated(block, clean, [...rules.channels, ...rules.otherChannels]);
  return {
    kind: 'accepted',
    block: arrangeChannels(kept, device.channels),
    duplicates,
    outOfOrder,
    findings,
  };
}

function assertTimes(timesMs: readonly number[], nowMs: number): void {
  for (const [row, time] of timesMs.entries()) {
    const at = `/readings/${row}/t`;
    if (!Number.isSafeInteger(time)) throw invalidField(at, 't must be a time in whole milliseconds');
    if (time < earliestMs) {
      throw invalidField(at, 't lies before the year 2000: the clock of the device is not set');
    }
    if (time > nowMs + aheadMs) {
      throw invalidField(at, 't lies more than a day in the future: check the clock of the device');
    }
  }
}

function refusal(sent: ReadingBlock, findings: readonly QualityFinding[]): AppError {
  const errors: FieldError[] = findings
    .filter(({ severity }) => severity === 'error')
    .slice(0, maxRefusals)
    .map(({ channel, kind, detail }) => {
      const column = sent.channels.indexOf(channel);
      const isWrong = (value: number): boolean =>
        kind === 'unknown_channel' ? !Number.isNaN(value) : !Number.isNaN(value) && !Number.isFinite(value);
      const row = sent.timesMs.findIndex((_, index) => isWrong(valueAt(sent, index, column)));
      const pointer = jsonPointer(['readings', Math.max(0, row), 'channels', channel]);
      return { pointer, detail: `${channel}: ${detail}` };
    });
  return new AppError('invalid_input', errors[0]?.detail ?? 'the readings cannot be taken', { errors });
}

function keepSaturated(raw: ReadingBlock, clean: ReadingBlock, specs: readonly ChannelSpec[]): ReadingBlock {
  const ends = raw.channels.map((name) => specs.find((spec) => spec.name === name)?.saturated_at);
  const C = raw.channels.length;
  const values = clean.values.map((value, i) => {
    const original = raw.values[i] ?? Number.NaN;
    return Number.isNaN(value) && original === ends[i % C] ? original : value;
  });
  return { ...clean, values };
}
