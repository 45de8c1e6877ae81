import {
  fieldErrors,
  maxChannels,
  maxStreamMessageBytes,
  maxStreamReadings,
  type PackedReadings,
  packReadings,
  readingSchema,
} from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';
import { z } from 'zod';
import type { StreamPosition } from '../domain/fields.ts';

const numbered = z
  .strictObject({
    readings: z.array(readingSchema).min(1).max(maxStreamReadings),
    session: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, hyphens and underlines')
      .optional(),
    seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  })
  .refine(({ session, seq }) => (session === undefined) === (seq === undefined), {
    error: 'session and seq belong together: both or neither',
  });

export interface MqttMessage {
  readonly block: PackedReadings;
  /** Absent: the message has no number, and only its readings' times keep it from being stored twice. */
  readonly position: StreamPosition | undefined;
}

/**
 * Reads a message: `{"readings":[…]}` as the API takes them, with `session` and `seq` where it is numbered; or one
 * reading, `{"t":…,"channels":{…}}`. Throws invalid_input with the place, too_large.
 */
export function readMessage(payload: Uint8Array): MqttMessage {
  if (payload.length > maxStreamMessageBytes) {
    throw new AppError(
      'too_large',
      `a message may have ${maxStreamMessageBytes} bytes; this has ${payload.length}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new AppError('invalid_input', 'the message is not JSON in UTF-8');
  }
  const isOne = typeof value === 'object' && value !== null && 'channels' in value;
  const parsed = numbered.safeParse(isOne ? { readings: [value] } : value);
  if (!parsed.success) {
    const errors = fieldErrors(parsed.error);
    const [first] = errors;
    throw new AppError(
      'invalid_input',
      first ? `${first.pointer || 'the message'} ${first.detail}` : 'the message cannot be read',
      {
        errors: errors.slice(0, 20),
      },
    );
  }
  const { readings, session, seq } = parsed.data;
  const block = packReadings(readings);
  if (block.channels.length === 0) throw invalidField('/readings/0/channels', 'no reading has a channel');
  if (block.channels.length > maxChannels) {
    throw invalidField('/readings', `must not name more than ${maxChannels} channels`);
  }
  const position = session === undefined || seq === undefined ? undefined : { session, sequence: seq };
  return { block, position };
}
