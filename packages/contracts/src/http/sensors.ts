import { z } from 'zod';
import type { Device__Output } from '../generated/sillage/sensors/v1/Device.ts';
import type { Drift__Output } from '../generated/sillage/sensors/v1/Drift.ts';
import type { GetClassificationResponse__Output } from '../generated/sillage/sensors/v1/GetClassificationResponse.ts';
import type { IngestReadingsResponse__Output } from '../generated/sillage/sensors/v1/IngestReadingsResponse.ts';
import type { QualityFinding__Output } from '../generated/sillage/sensors/v1/QualityFinding.ts';
import { modelRefSchema } from './answer-parts.ts';
import { list, moment, queryNumber, rounded, shape, text } from './fields.ts';

/** Readings of one request. */
export const maxReadings = 10_000;
/** Channels of one request; far more than any sensor head has. */
export const maxChannels = 128;

export const createDeviceSchema = shape({
  name: text(1, 100),
  sensor_type: text(1, 100).optional().meta({ description: 'Kind of sensor head; absent: smellnet-12.' }),
}).meta({ id: 'CreateDeviceRequest', example: { name: 'kitchen nose' } });

export const deviceSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    sensor_type: z.string(),
    channels: z.array(z.string()),
    created_at: z.string(),
    last_reading_at: z.string().nullable(),
    readings: z.number().int(),
    calibration: z.object({
      calibrated: z.boolean(),
      calibrated_at: z.string().nullable(),
      baseline: z.record(z.string(), z.number()),
      expires_at: z.string().nullable().meta({ description: 'Null: it holds until the next one.' }),
      expired: z.boolean(),
    }),
  })
  .meta({ id: 'Device' });
/** What was found wrong with a device, and what to do about it. */
export const deviceFaultSchema = z
  .object({
    channel: z.string().nullable().meta({ description: 'Null: of the device itself.' }),
    kind: z.string().meta({
      description:
        'missing, sentinel, saturated, stuck, out_of_range, noisy; of the device clock_not_set, in_future, too_old, clock_ahead, clock_behind, rate_changed',
    }),
    first_at: z.string(),
    last_at: z.string(),
    readings: z.number().int().meta({ description: 'Concerned so far.' }),
    detail: z.string(),
    active: z.boolean().meta({ description: 'Found within the last five minutes.' }),
    advice: z.string(),
  })
  .meta({ id: 'DeviceFault' });
export const deviceDetailsSchema = deviceSchema
  .extend({
    state: z.object({
      status: z
        .enum(['never', 'live', 'silent'])
        .meta({ description: 'live: measured within the last minute.' }),
      sample_hz: z.number().nullable().meta({ description: 'Rate of the last readings.' }),
      faults: z.array(deviceFaultSchema),
    }),
  })
  .meta({ id: 'DeviceDetails' });
export type DeviceJson = z.infer<typeof deviceSchema>;
export type DeviceFaultJson = z.infer<typeof deviceFaultSchema>;
export type DeviceDetailsJson = z.infer<typeof deviceDetailsSchema>;
export const listDevicesQuerySchema = shape({
  limit: queryNumber(1, 1000).default(1000).meta({ description: 'How many at most.' }),
  before: text(1, 100).optional().meta({ description: '`next` of the page before.' }),
});
export const deviceListSchema = z
  .object({ devices: z.array(deviceSchema), next: z.string().nullable() })
  .meta({ id: 'DeviceList', description: 'Newest first.' });
export type DeviceListJson = z.infer<typeof deviceListSchema>;

const channelValue = z
  .number({ error: 'must be a finite number, or null where nothing was measured' })
  .nullable();

/** One moment of a sensor; a channel left out or null was not measured. */
export const readingSchema = shape({
  t: moment().meta({ description: 'When it was measured, RFC 3339.' }),
  channels: z.record(z.string(), channelValue, { error: 'must be an object of channel to number' }),
}).meta({ id: 'Reading', example: { t: '2026-11-21T10:00:00Z', channels: { NO2: 216, VOC: 494 } } });
export type ReadingJson = z.infer<typeof readingSchema>;

export const ingestReadingsSchema = shape({
  readings: list(readingSchema, 1, maxReadings, 'readings'),
}).meta({
  id: 'IngestReadingsRequest',
  example: {
    readings: [{ t: '2026-11-21T10:00:00Z', channels: { NO2: 216, VOC: 494 } }],
  },
});

export const findingSchema = z
  .object({
    channel: z.string(),
    kind: z.string().meta({
      description:
        'missing, sentinel, saturated, stuck, out_of_range; of the clock, with an empty channel: clock_not_set, in_future, too_old',
    }),
    count: z.number().int(),
    detail: z.string(),
  })
  .meta({ id: 'QualityFinding' });
export type FindingJson = z.infer<typeof findingSchema>;

/** A reading that was not stored while others of its request were. */
export const refusedReadingSchema = z
  .object({
    index: z.number().int().meta({ description: 'Place in the request, from 0.' }),
    kind: z.string().meta({ description: 'clock_not_set, in_future or too_old' }),
    detail: z.string(),
  })
  .meta({ id: 'RefusedReading' });

export const ingestedSchema = z
  .object({
    stored: z.number().int(),
    duplicates: z.number().int().meta({ description: 'Already stored for the same time.' }),
    out_of_order: z.number().int(),
    findings: z.array(findingSchema),
    refused: z.array(refusedReadingSchema).meta({
      description: 'Readings whose time cannot be, at most 100 of them; the others are stored.',
    }),
    refused_total: z.number().int(),
  })
  .meta({ id: 'IngestedReadings' });
export type IngestedJson = z.infer<typeof ingestedSchema>;

export const listReadingsQuerySchema = shape({
  from: moment().optional().meta({ description: 'First moment, RFC 3339.' }),
  to: moment().optional().meta({ description: 'Last moment, RFC 3339.' }),
  limit: queryNumber(1, maxReadings).default(1000).meta({ description: 'How many at most.' }),
});
export const readingListSchema = z
  .object({
    readings: z.array(readingSchema),
    next: z.string().nullable().meta({ description: '`from` of the next page.' }),
  })
  .meta({ id: 'ReadingList', description: 'Oldest first.' });
export type ReadingListJson = z.infer<typeof readingListSchema>;

export const classificationQuerySchema = shape({
  at: moment().optional().meta({ description: 'End of the window to look at; absent: the newest.' }),
});
export const classificationStatusSchema = z.enum(['ready', 'warming_up', 'uncalibrated', 'unknown_pattern']);
export const driftSchema = z
  .object({
    status: z.enum(['uncalibrated', 'steady', 'below_baseline']).meta({
      description:
        'below_baseline: a channel reads below its own clean air, which no smell explains; it is corrected to clean air, and you should calibrate anew. steady: nothing in the window speaks against the calibration.',
    }),
    calibration_age_s: z.number().nullable().meta({ description: 'At the end of the window.' }),
    channels: z
      .array(
        z.object({
          channel: z.string(),
          baseline: z.number(),
          level: z.number(),
          correction: z.number().meta({ description: 'Added to the channel to make up for it.' }),
        }),
      )
      .meta({ description: 'Those below clean air: their level in it, and the median of the window.' }),
  })
  .meta({ id: 'Drift' });
export const classificationSchema = z
  .object({
    status: classificationStatusSchema.meta({
      description:
        'ready: calibrated, a pattern the model knows. uncalibrated: the best answer for a device never calibrated. unknown_pattern: no pattern the model knows, so its substance is not to be believed. warming_up: too few seconds of readings.',
    }),
    substance: z.string().nullable().meta({ description: 'The most probable one; null while warming up.' }),
    probabilities: z.array(z.object({ substance: z.string(), probability: z.number() })),
    notes: z
      .array(z.string())
      .meta({ description: 'Odour notes of the substance; none for an unknown pattern.' }),
    window_s: z.number().meta({ description: 'Seconds of readings the answer rests on.' }),
    needed_s: z.number().meta({ description: 'Seconds a full window needs.' }),
    window_end: z.string().nullable(),
    model: modelRefSchema,
    findings: z.array(findingSchema),
    drift: driftSchema.nullable().meta({ description: 'Null while warming up.' }),
  })
  .meta({ id: 'Classification' });
export type ClassificationJson = z.infer<typeof classificationSchema>;

/** A device as the API shows it. */
export function presentDevice(device: Device__Output): DeviceJson {
  return {
    id: device.id,
    name: device.name,
    sensor_type: device.sensorType,
    channels: device.channels,
    created_at: device.createdAt,
    last_reading_at: device.lastReadingAt || null,
    readings: device.readings,
    calibration: {
      calibrated: device.calibration?.calibrated ?? false,
      calibrated_at: device.calibration?.calibratedAt || null,
      baseline: device.calibration?.baseline ?? {},
      expires_at: device.calibration?.expiresAt || null,
      expired: device.calibration?.expired ?? false,
    },
  };
}

const deviceStatuses = ['never', 'live', 'silent'] as const;

/** A device with how it does. */
export function presentDeviceDetails(device: Device__Output): z.infer<typeof deviceDetailsSchema> {
  const { state } = device;
  return {
    ...presentDevice(device),
    state: {
      status: deviceStatuses.find((status) => status === state?.status) ?? 'never',
      sample_hz: state?.sampleHz ? rounded(state.sampleHz, 3) : null,
      faults: (state?.faults ?? []).map((fault) => ({
        channel: fault.channel || null,
        kind: fault.kind,
        first_at: fault.firstAt,
        last_at: fault.lastAt,
        readings: fault.count,
        detail: fault.detail,
        active: fault.active,
        advice: fault.advice,
      })),
    },
  };
}

/** What was wrong with readings, as the API shows it. */
export function presentFindings(findings: readonly QualityFinding__Output[]): FindingJson[] {
  return findings.map(({ channel, kind, count, detail }) => ({ channel, kind, count, detail }));
}

/** What became of the readings of one request. */
export function presentIngested(response: IngestReadingsResponse__Output): IngestedJson {
  return {
    stored: response.stored,
    duplicates: response.duplicates,
    out_of_order: response.outOfOrder,
    findings: presentFindings(response.findings),
    refused: response.refused.map(({ index, kind, detail }) => ({ index, kind, detail })),
    refused_total: response.refusedTotal,
  };
}

const statuses = {
  CLASSIFICATION_STATUS_UNSPECIFIED: undefined,
  CLASSIFICATION_STATUS_READY: 'ready',
  CLASSIFICATION_STATUS_WARMING_UP: 'warming_up',
  CLASSIFICATION_STATUS_UNCALIBRATED: 'uncalibrated',
  CLASSIFICATION_STATUS_UNKNOWN_PATTERN: 'unknown_pattern',
} as const;

const driftStatuses = {
  DRIFT_STATUS_UNSPECIFIED: undefined,
  DRIFT_STATUS_UNCALIBRATED: 'uncalibrated',
  DRIFT_STATUS_STEADY: 'steady',
  DRIFT_STATUS_BELOW_BASELINE: 'below_baseline',
} as const;

function presentDrift(drift: Drift__Output | null): ClassificationJson['drift'] {
  const status = drift && driftStatuses[drift.status];
  if (!status) return null;
  return {
    status,
    calibration_age_s: status === 'uncalibrated' ? null : rounded(drift.calibrationAgeS, 3),
    channels: drift.channels.map(({ channel, baseline, level, correction }) => ({
      channel,
      correction: rounded(correction, 3),
      baseline: rounded(baseline, 3),
      level: rounded(level, 3),
    })),
  };
}

/** The name of a status; undefined for none. */
export function presentClassificationStatus(status: keyof typeof statuses) {
  return statuses[status];
}

/** What a device smells, as the API shows it. Throws TypeError for an answer without a status. */
export function presentClassification(response: GetClassificationResponse__Output): ClassificationJson {
  const status = statuses[response.status];
  if (!status) throw new TypeError('a classification has no status');
  return {
    status,
    substance: response.substance || null,
    probabilities: response.substances.map((substance, at) => ({
      substance,
      probability: rounded(response.probabilities[at] ?? 0, 4),
    })),
    notes: response.notes,
    window_s: rounded(response.windowS, 3),
    needed_s: rounded(response.neededS, 3),
    window_end: response.windowEnd || null,
    model: { name: response.modelName, version: response.modelVersion },
    findings: presentFindings(response.findings),
    drift: presentDrift(response.drift),
  };
}
