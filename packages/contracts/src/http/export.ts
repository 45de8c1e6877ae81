import { z } from 'zod';
import { usageRowSchema } from './account.ts';
import { auditEntrySchema, tenantSchema } from './admin.ts';
import { consentDecisionSchema } from './consents.ts';
import { jobSchema } from './jobs.ts';
import { keySchema } from './keys.ts';
import { sensorArraySchema } from './sensor-arrays.ts';
import { calibrationSchema } from './sensor-calibrations.ts';
import { deviceSchema, readingSchema } from './sensors.ts';
import { webhookDeliverySchema, webhookSchema } from './webhooks.ts';

const ofJob = { job_id: z.string() };

/** A line of an account's export; what comes after `type` is as the route of that thing shows it. */
export const exportLineSchema = z
  .discriminatedUnion('type', [
    tenantSchema.extend({ type: z.literal('account') }),
    keySchema.extend({ type: z.literal('key') }),
    keySchema.extend({ type: z.literal('client') }),
    consentDecisionSchema.extend({ type: z.literal('consent') }),
    usageRowSchema.extend({ type: z.literal('usage') }),
    jobSchema.extend({ type: z.literal('job') }),
    z.object({
      type: z.literal('job_input'),
      ...ofJob,
      smiles: z.string(),
      line: z.number().int().optional().meta({ description: 'Line of the uploaded file.' }),
      fault: z.string().optional().meta({ description: 'Why this line holds no molecule.' }),
    }),
    z.object({
      type: z.literal('job_result'),
      ...ofJob,
      result: z.looseObject({}).meta({ description: 'A line of the results.' }),
    }),
    webhookSchema.extend({ type: z.literal('webhook') }),
    webhookDeliverySchema.extend({ type: z.literal('webhook_delivery') }),
    deviceSchema.extend({ type: z.literal('device') }),
    calibrationSchema.extend({ type: z.literal('calibration'), device_id: z.string() }),
    readingSchema.extend({ type: z.literal('reading'), device_id: z.string() }),
    sensorArraySchema.extend({ type: z.literal('sensor_array') }),
    auditEntrySchema.extend({ type: z.literal('audit') }),
    z.object({
      type: z.literal('end'),
      lines: z.number().int().meta({ description: 'Lines before this one.' }),
    }),
  ])
  .meta({
    id: 'ExportLine',
    description:
      'One thing that is kept of the account. The last line is of type `end`; a file without it was cut off.',
    example: { type: 'end', lines: 41 },
  });
export type ExportLine = z.infer<typeof exportLineSchema>;
