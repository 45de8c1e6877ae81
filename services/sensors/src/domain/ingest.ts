import { jsonPointer } from '@sillage/contracts';
import { AppError, type FieldError, invalidField } from '@sillage/kit';
import { inspect, type QualityFinding } from './quality.ts';
import { judgeTimes, type RefusedReading, type TimeRules } from './reading-times.ts';
import { type ChannelSpec, type ReadingBlock, selectRows, valueAt } from './readings.ts';
import { qualityRules, type SensorType } from './sensor-type.ts';
import { orderReadings } from './window.ts';
import { arrangeChannels } from './wire-block.ts';

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
      /** Readings whose time cannot be; the others are in the block. */
      readonly refused: readonly RefusedReading[];
    }
  | { readonly kind: 'refused'; readonly error: AppError; readonly findings: readonly QualityFinding[] };

/**
 * Makes the readings of one call ready to be stored. All or nothing where the sender is wrong about the device: an unknown
 * channel or an infinite value refuses them. A reading whose time cannot be is left out and the others are taken, unless
 * none is left. Errors point at the reading in the sender's order. What sensors do wrong is reported, and its values are
 * stored as not measured.
 *
 * A value at the converter's end stop is stored as it is: it says which way the truth lies, and whoever reads it back
 * inspects it again.
 */
export function prepareReadings(
  sent: ReadingBlock,
  device: { readonly channels: readonly string[] },
  type: SensorType,
  times: TimeRules,
): PreparedReadings {
  const odd = sent.timesMs.findIndex((time) => !Number.isSafeInteger(time));
  if (odd >= 0) throw invalidField(`/readings/${odd}/t`, 't must be a time in whole milliseconds');
  const { refused, kept: rows, findings: clock } = judgeTimes(sent.timesMs, times);
  if (rows.length === 0) return { kind: 'refused', error: wrongTimes(refused), findings: clock };
  const timely = refused.length === 0 ? sent : selectRows(sent, rows);
  const rules = qualityRules(type, device.channels);
  const { block, duplicates, outOfOrder } = orderReadings(timely);
  const { block: clean, findings: values, accepted } = inspect(block, rules);
  const findings = [...clock, ...values];
  if (!accepted) return { kind: 'refused', error: refusal(sent, values), findings };
  const kept = keepSaturated(block, clean, [...rules.channels, ...rules.otherChannels]);
  return {
    kind: 'accepted',
    block: arrangeChannels(kept, device.channels),
    duplicates,
    outOfOrder,
    findings,
    refused,
  };
}

function wrongTimes(refused: readonly RefusedReading[]): AppError {
  const errors = refused
    .slice(0, maxRefusals)
    .map(({ index, detail }): FieldError => ({ pointer: `/readings/${index}/t`, detail }));
  return new AppError('invalid_input', errors[0]?.detail ?? 'the readings cannot be taken', { errors });
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
