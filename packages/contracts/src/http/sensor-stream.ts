import { z } from 'zod';
import { list, shape, wholeNumber } from './fields.ts';
import { problemSchema } from './problem.ts';
import {
  classificationSchema,
  driftSchema,
  findingSchema,
  readingSchema,
  refusedReadingSchema,
} from './sensors.ts';

/** Subprotocol of the stream: what a client asks for in Sec-WebSocket-Protocol. */
export const streamProtocol = 'sillage.sensors.v1';
/** A ticket is offered as a further subprotocol, this before it: the only header a page in a browser may set. */
export const streamTicketPrefix = 'sillage.ticket.';

/** Bounds of one message of a stream. */
export const maxStreamReadings = 1000;
export const maxStreamMessageBytes = 1024 * 1024;

/** What the server closes a stream with; a client may close with 1000, or what it likes. */
export const streamCloseCodes = {
  1000: 'the client has finished',
  1001: 'this gateway stops, or the stream is a day old: connect again and go on',
  1003: 'a binary message; only text is read',
  1007: 'text that is not UTF-8',
  1008: 'the client does not read what it is sent',
  1009: 'a message is larger than 1 MB',
  1011: 'a fault on our side',
  1013: 'what is behind the gateway is away: connect again later and go on',
  4400: 'a message is not of this protocol',
  4401: 'the credential no longer holds',
  4403: 'the credential is no longer good for this',
  4404: 'the device is gone',
  4409: 'a message is not the next one, or another connection took the session over',
} as const;
export type StreamCloseCode = keyof typeof streamCloseCodes;

const sessionWrong = { error: 'must be 1 to 64 letters, digits, hyphens and underlines' };
export const streamQuerySchema = shape({
  session: z
    .string(sessionWrong)
    .regex(/^[\w-]{1,64}$/, sessionWrong)
    .optional()
    .meta({
      description: 'Your name for the stream, to go on with it after a connection broke; absent: a new one.',
    }),
});

export const streamTicketSchema = z
  .object({
    ticket: z.string(),
    protocols: z.array(z.string()).meta({
      description: 'For the second argument of `new WebSocket(url, protocols)`.',
    }),
    expires_at: z.string(),
    url: z.string().meta({ description: 'Path of the stream.' }),
  })
  .meta({ id: 'StreamTicket', description: 'For one connection to one device, within half a minute.' });

/** What a client sends. */
export const streamRequestSchema = shape({
  type: z.literal('readings', { error: 'must be readings' }),
  seq: wholeNumber(1, Number.MAX_SAFE_INTEGER).meta({
    description: 'Number of the message, from 1 without a gap.',
  }),
  readings: list(readingSchema, 1, maxStreamReadings, 'readings'),
}).meta({
  id: 'StreamReadings',
  description: 'A message to the server.',
  example: {
    type: 'readings',
    seq: 1,
    readings: [{ t: '2026-11-21T10:00:00Z', channels: { NO2: 216, VOC: 494 } }],
  },
});
export type StreamRequest = z.infer<typeof streamRequestSchema>;

/** What the server sends. */
export const streamEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('ready'),
      session: z.string(),
      settled: z.number().int().meta({ description: 'Last number stored or refused; go on with the next.' }),
    }),
    z.object({
      type: z.literal('ack'),
      seq: z.number().int(),
      already_settled: z.boolean().meta({ description: 'It was settled before: nothing was done.' }),
      stored: z.number().int(),
      duplicates: z.number().int(),
      out_of_order: z.number().int(),
      findings: z.array(findingSchema),
      refused: z.array(refusedReadingSchema),
      refused_total: z.number().int(),
    }),
    z.object({
      type: z.literal('classification'),
      seq: z.number().int().meta({ description: 'Every message up to this one is in it.' }),
      dropped: z.number().int().meta({
        description: 'Classifications since the last one that you read too slowly to get.',
      }),
      classification: classificationSchema,
    }),
    z.object({ type: z.literal('drift'), drift: driftSchema }),
    z.object({
      type: z.literal('error'),
      seq: z.number().int().optional().meta({
        description: 'The message that was refused: it is settled and nothing of it is stored.',
      }),
      problem: problemSchema,
    }),
  ])
  .meta({ id: 'StreamEvent', description: 'A message from the server.' });
export type StreamEvent = z.infer<typeof streamEventSchema>;
