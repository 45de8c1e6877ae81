import { z } from 'zod';
import type { CalibrateResponse__Output } from '../generated/sillage/sensors/v1/CalibrateResponse.ts';
import type { Calibration__Output } from '../generated/sillage/sensors/v1/Calibration.ts';
import { decimal, flag, list, moment, queryNumber, rounded, shape, text, wholeNumber } from './fields.ts';
import { deviceSchema, findingSchema, presentDevice, presentFindings } from './sensors.ts';

/** Far more than any channel reports. */
const maxLevel = 1e9;
const level = decimal(-maxLevel, maxLevel);

const secondPointSchema = shape({
  from: moment().optional(),
  to: moment().optional(),
  levels: z
    .record(z.string(), level)
    .meta({ description: 'What the reference device reports in that gas, by channel, in its unit.' }),
}).meta({
  id: 'CalibrationSpanRequest',
  description:
    'The second point: readings in a gas of known levels. It gives each channel that is named a gain.',
});

const coefficientSchema = shape({
  channel: text(1, 100),
  per_celsius: decimal(-1000, 1000),
  per_percent: decimal(-1000, 1000),
});
const environmentSchema = shape({
  from: moment().optional(),
  to: moment().optional(),
  coefficients: list(coefficientSchema, 0, 128, 'coefficients').optional(),
  reference_temperature: decimal(-40, 125, 'degrees Celsius').optional(),
  reference_humidity: decimal(0, 100, 'percent').optional(),
  source: text(0, 500).optional().meta({ description: 'Where the coefficients are from.' }),
}).meta({
  id: 'CalibrationEnvironmentRequest',
  description:
    'What temperature and humidity add to each channel: `coefficients` with their `source`, or `from` and `to` of a span of one and the same air in which they changed, to fit.',
});
const certificateSchema = shape({
  performed_by: text(1, 200),
  reference_gas: text(0, 200).optional(),
  note: text(0, 1000).optional(),
}).meta({
  id: 'CalibrationCertificate',
  description: 'Who calibrated, with which gas, and what else is to be known.',
});

export const calibrateSchema = shape({
  from: moment().optional(),
  to: moment().optional(),
  span: secondPointSchema.optional(),
  environment: environmentSchema.optional(),
  certificate: certificateSchema.optional(),
  valid_days: wholeNumber(1, 3650).optional().meta({ description: 'Absent: it holds until the next one.' }),
  dry_run: flag().optional().meta({ description: 'Tells what would come of it, and keeps nothing.' }),
}).meta({
  id: 'CalibrateRequest',
  description: 'A span of readings in clean air, both ends included; an end left out is open.',
  example: { from: '2026-11-21T10:00:00Z', to: '2026-11-21T10:05:00Z' },
});
export type CalibrateRequestJson = z.infer<typeof calibrateSchema>;

/** A calibration that a device has, or had. */
export const calibrationSchema = z
  .object({
    mode: z.string().meta({ description: 'offset or gain' }),
    baseline: z.record(z.string(), z.number()),
    from: z.string().nullable(),
    to: z.string().nullable(),
    readings_used: z.number().int(),
    created_at: z.string(),
    channels: z
      .array(
        z.object({
          channel: z.string(),
          baseline: z.number(),
          reference: z.number().nullable(),
          gain: z.number(),
        }),
      )
      .meta({ description: 'corrected = (measured - baseline) * gain + reference' }),
    span: z
      .object({
        from: z.string().nullable(),
        to: z.string().nullable(),
        levels: z.record(z.string(), z.number()),
      })
      .nullable(),
    environment: z
      .object({
        reference_temperature: z.number(),
        reference_humidity: z.number(),
        source: z.string(),
        coefficients: z.array(
          z.object({
            channel: z.string(),
            per_celsius: z.number(),
            per_percent: z.number(),
            explained: z.number().meta({ description: 'Share of the variance of the fitted span, 0-1.' }),
          }),
        ),
      })
      .nullable()
      .meta({ description: 'measured less per_celsius and per_percent for each above the reference' }),
    certificate: z
      .object({ performed_by: z.string(), reference_gas: z.string(), note: z.string() })
      .nullable(),
    expires_at: z.string().nullable(),
  })
  .meta({ id: 'Calibration' });
export type CalibrationJson = z.infer<typeof calibrationSchema>;

export const calibratedSchema = z
  .object({
    device: deviceSchema,
    readings_used: z.number().int(),
    findings: z.array(findingSchema),
    calibration: calibrationSchema,
    dry_run: z.boolean(),
  })
  .meta({ id: 'CalibrateResponse' });
export type CalibratedJson = z.infer<typeof calibratedSchema>;

export const listCalibrationsQuerySchema = shape({
  before: queryNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: '`next` of the page before.' }),
});
export const calibrationListSchema = z
  .object({ calibrations: z.array(calibrationSchema), next: z.string().nullable() })
  .meta({ id: 'CalibrationList', description: 'Newest first; the first one holds, until it expires.' });
export type CalibrationListJson = z.infer<typeof calibrationListSchema>;

/** The members of a request as the service takes them. */
export function wireCalibration(body: CalibrateRequestJson) {
  const { span, environment, certificate } = body;
  return {
    ...ends(body),
    ...(span ? { span: { ...ends(span), levels: span.levels } } : {}),
    ...(environment
      ? {
          environment: {
            ...ends(environment),
            coefficients: (environment.coefficients ?? []).map((one) => ({
              channel: one.channel,
              perCelsius: one.per_celsius,
              perPercent: one.per_percent,
            })),
            referenceTemperature: environment.reference_temperature ?? 20,
            referenceHumidity: environment.reference_humidity ?? 50,
            source: environment.source ?? '',
          },
        }
      : {}),
    ...(certificate
      ? {
          certificate: {
            performedBy: certificate.performed_by,
            referenceGas: certificate.reference_gas ?? '',
            note: certificate.note ?? '',
          },
        }
      : {}),
    validDays: body.valid_days ?? 0,
    dryRun: body.dry_run ?? false,
  };
}

function ends({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  return {
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  };
}

export function presentCalibration(calibration: Calibration__Output): z.infer<typeof calibrationSchema> {
  const { span, environment, certificate } = calibration;
  return {
    mode: calibration.mode,
    baseline: calibration.baseline,
    ...moments(calibration),
    readings_used: calibration.readingsUsed,
    created_at: calibration.createdAt,
    channels: Object.entries(calibration.baseline).map(([channel, baseline]) => ({
      channel,
      baseline: rounded(baseline, 3),
      reference: calibration.reference[channel] ?? null,
      gain: rounded(calibration.gains[channel] ?? 1, 6),
    })),
    span: span && { ...moments(span), levels: span.levels },
    environment: environment && {
      reference_temperature: rounded(environment.referenceTemperature, 3),
      reference_humidity: rounded(environment.referenceHumidity, 3),
      source: environment.source,
      coefficients: environment.coefficients.map((one) => ({
        channel: one.channel,
        per_celsius: rounded(one.perCelsius, 6),
        per_percent: rounded(one.perPercent, 6),
        explained: rounded(one.explained, 4),
      })),
    },
    certificate: certificate && {
      performed_by: certificate.performedBy,
      reference_gas: certificate.referenceGas,
      note: certificate.note,
    },
    expires_at: calibration.expiresAt || null,
  };
}

function moments({ fromMs, toMs }: { fromMs?: number; toMs?: number }) {
  const momentOf = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return { from: momentOf(fromMs), to: momentOf(toMs) };
}

/** What a calibration came to. Throws TypeError when the answer has no device. */
export function presentCalibrated(
  response: CalibrateResponse__Output,
  isDryRun: boolean,
): z.infer<typeof calibratedSchema> {
  if (!response.device || !response.calibration) throw new TypeError('a calibration names no device');
  return {
    device: presentDevice(response.device),
    readings_used: response.readingsUsed,
    findings: presentFindings(response.findings),
    calibration: presentCalibration(response.calibration),
    dry_run: isDryRun,
  };
}
