import { z } from 'zod';
import type { ArrayMember__Output } from '../generated/sillage/sensors/v1/ArrayMember.ts';
import type { ClassifyArrayResponse__Output } from '../generated/sillage/sensors/v1/ClassifyArrayResponse.ts';
import type { SensorArray__Output } from '../generated/sillage/sensors/v1/SensorArray.ts';
import { list, moment, rounded, shape, text } from './fields.ts';
import {
  classificationSchema,
  classificationStatusSchema,
  presentClassification,
  presentClassificationStatus,
} from './sensors.ts';

/** Devices of one array. */
const maxArrayDevices = 16;

export const createArraySchema = shape({
  name: text(1, 100),
  devices: list(text(1, 100), 2, maxArrayDevices, 'ids of devices').meta({
    description: 'All of one sensor type, smelling the same air.',
  }),
}).meta({
  id: 'CreateSensorArrayRequest',
  example: {
    name: 'room 3',
    devices: ['6a1f6e0e-8a53-4c1c-9b4e-0d5f1a2b3c4d', '0b9d8c7a-6f5e-4d3c-8b2a-1f0e9d8c7b6a'],
  },
});

export const sensorArraySchema = z
  .object({ id: z.string(), name: z.string(), devices: z.array(z.string()), created_at: z.string() })
  .meta({ id: 'SensorArray' });
export type SensorArrayJson = z.infer<typeof sensorArraySchema>;
export const sensorArrayListSchema = z
  .object({ arrays: z.array(sensorArraySchema) })
  .meta({ id: 'SensorArrayList', description: 'Newest first, at most 200.' });
export type SensorArrayListJson = z.infer<typeof sensorArrayListSchema>;

export const classifyArrayQuerySchema = shape({
  at: moment().optional().meta({
    description:
      'The moment the windows end at; absent: the newest that every device has that is not silent.',
  }),
});

const parts = ['used', 'removed', 'silent', 'warming_up'] as const;
export const arrayClassificationSchema = z
  .object({
    array: sensorArraySchema,
    classification: classificationSchema.meta({ description: 'What the devices smell together.' }),
    degraded: z.boolean().meta({ description: 'Not all devices took part; `members` says why.' }),
    members: z.array(
      z.object({
        device: z.string(),
        part: z.enum(parts).meta({
          description:
            'used; removed: the device was deleted; silent: its last reading lies more than half a minute before the end; warming_up: too few seconds of readings',
        }),
        lag_s: z
          .number()
          .nullable()
          .meta({ description: 'From its last reading to the end of the windows; null where it has none.' }),
        status: classificationStatusSchema.nullable(),
        substance: z.string().nullable(),
        probability: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'SensorArrayClassification' });
export type ArrayClassificationJson = z.infer<typeof arrayClassificationSchema>;

export function presentArray(array: SensorArray__Output): SensorArrayJson {
  return { id: array.id, name: array.name, devices: array.deviceIds, created_at: array.createdAt };
}

/** What an array smells, as the API shows it. Throws TypeError for an answer that lacks a part. */
export function presentArrayClassification(response: ClassifyArrayResponse__Output): ArrayClassificationJson {
  const { array, classification, members } = response;
  if (!array || !classification) throw new TypeError('the classification of an array is not whole');
  return {
    array: presentArray(array),
    classification: presentClassification(classification),
    degraded: response.degraded,
    members: members.map((member) => {
      const isUsed = member.part === 'used';
      return {
        device: member.deviceId,
        part: parts.find((part) => part === member.part) ?? 'silent',
        lag_s: hasReadings(member) ? rounded(member.lagS, 3) : null,
        status: isUsed ? (presentClassificationStatus(member.status) ?? null) : null,
        substance: isUsed ? member.substance : null,
        probability: isUsed ? rounded(member.probability, 4) : null,
      };
    }),
  };
}

/** A silent device that has readings lags; the message has 0 where there is nothing to lag from. */
function hasReadings({ part, lagS }: ArrayMember__Output): boolean {
  return part !== 'removed' && !(part === 'silent' && lagS === 0);
}
