import { z } from 'zod';

/**
 * What an agent reads of the stream's events. Of each no more than it needs, so that one agent serves older and newer
 * fleets: it is the part of an installation that is brought up to date last.
 */
export const uplinkEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), settled: z.number().int() }),
  z.object({
    type: z.literal('ack'),
    seq: z.number().int(),
    duplicates: z.number().int().default(0),
    refused: z.array(z.object({ index: z.number().int(), detail: z.string() })).default([]),
    refused_total: z.number().int().default(0),
  }),
  z.object({
    type: z.literal('error'),
    seq: z.number().int().optional(),
    problem: z.object({ detail: z.string() }),
  }),
  z.object({
    type: z.literal('classification'),
    classification: z.object({
      status: z.string(),
      substance: z.string().nullable(),
      probabilities: z.array(z.object({ probability: z.number() })),
    }),
  }),
]);
export type UplinkEvent = z.infer<typeof uplinkEventSchema>;
