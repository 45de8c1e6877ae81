import { z } from 'zod';
import type { CalibrationMode } from './calibration.ts';
import type { QualityRules } from './quality.ts';
import type { ChannelSpec } from './readings.ts';
import { defaultGaps, type WindowRules } from './window.ts';

/** The head a device has when nobody says which. */
export const defaultSensorType = 'smellnet-12';

const channelSchema = z.object({
  name: z.string().min(1),
  unit: z.string(),
  min: z.number(),
  max: z.number(),
  saturated_at: z.number().optional(),
  stuck_after_s: z.number().positive().optional(),
});

/** `parameters` in the manifest of an enose-classification model, the part this service reads. */
export const sensorParametersSchema = z.object({
  sensor_type: z.string().min(1),
  window_s: z.int().positive(),
  min_window_s: z.int().positive(),
  max_missing_channels: z.int().min(0),
  channels: z.array(channelSchema).min(1),
  other_channels: z.array(channelSchema).default([]),
  sentinels: z.array(z.number()).default([]),
  clean_air: z.record(z.string(), z.number()),
  calibration_mode: z.enum(['offset', 'gain']).default('offset'),
});

/** A kind of sensor head, as the model that classifies its readings describes it. */
export interface SensorType {
  readonly name: string;
  readonly model: { readonly name: string; readonly version: string };
  /** Channels the classifier reads, in the order of a frame. */
  readonly channels: readonly ChannelSpec[];
  /** Channels that are only stored. */
  readonly otherChannels: readonly ChannelSpec[];
  readonly sentinels: readonly number[];
  /** Seconds of a full window, and the fewest that are classified. */
  readonly windowS: number;
  readonly minWindowS: number;
  /** Channels of the classifier that may be missing before every answer is unknown. */
  readonly maxMissingChannels: number;
  /** Clean-air level of the reference device by channel. */
  readonly cleanAir: ReadonlyMap<string, number>;
  readonly calibrationMode: CalibrationMode;
}

/** @throws ZodError when the parameters are not those of a sensor head. */
export function readSensorType(model: SensorType['model'], parameters: unknown): SensorType {
  const read = sensorParametersSchema.parse(parameters);
  return {
    name: read.sensor_type,
    model,
    channels: read.channels,
    otherChannels: read.other_channels,
    sentinels: read.sentinels,
    windowS: read.window_s,
    minWindowS: read.min_window_s,
    maxMissingChannels: read.max_missing_channels,
    cleanAir: new Map(Object.entries(read.clean_air)),
    calibrationMode: read.calibration_mode,
  };
}

/** Names of all channels of a head, the classifier's first: the order readings of a new device are stored in. */
export function channelNames(type: SensorType): string[] {
  return [...type.channels, ...type.otherChannels].map(({ name }) => name);
}

/** What readings of a device are judged by: its type's channels, those left out that it was made without. */
export function qualityRules(type: SensorType, deviceChannels: readonly string[]): QualityRules {
  const has = ({ name }: ChannelSpec): boolean => deviceChannels.includes(name);
  return {
    channels: type.channels.filter(has),
    otherChannels: type.otherChannels.filter(has),
    sentinels: type.sentinels,
  };
}

export function windowRules(type: SensorType): WindowRules {
  return {
    channels: type.channels.map(({ name }) => name),
    windowS: type.windowS,
    minWindowS: type.minWindowS,
    ...defaultGaps,
  };
}

/** Seconds of readings to look back over: a full window, and as long as any channel takes to count as stuck. */
export function lookBackS(type: SensorType): number {
  const marginS = 30;
  return Math.max(type.windowS, ...type.channels.map((channel) => channel.stuck_after_s ?? 0)) + marginS;
}
