import { z } from 'zod';
import type { Key__Output } from '../generated/sillage/auth/v1/Key.ts';
import { moment, shape, text } from './fields.ts';
import { scopesField } from './scopes.ts';

export const createKeySchema = shape({
  label: text(0, 100).default('').meta({ description: 'What you know it by.' }),
  expires_at: moment().optional().meta({ description: 'Absent: never.' }),
  scopes: scopesField.optional(),
}).meta({ id: 'CreateKeyRequest', example: { label: 'laboratory', scopes: ['predict', 'sensors'] } });

export const keySchema = z
  .object({
    id: z.string(),
    label: z.string(),
    prefix: z.string().meta({ description: 'Beginning of the key, to recognise it by.' }),
    created_at: z.string(),
    revoked_at: z.string().nullable(),
    expires_at: z.string().nullable(),
    scopes: z.array(z.string()).meta({ description: 'What it is good for.' }),
  })
  .meta({ id: 'Key' });
export type KeyJson = z.infer<typeof keySchema>;

export const createdKeySchema = z
  .object({
    ...keySchema.shape,
    secret: z.string().meta({ description: 'The key itself, shown this once.' }),
  })
  .meta({ id: 'CreatedKey' });
export type CreatedKeyJson = z.infer<typeof createdKeySchema>;

export const keyListSchema = z
  .object({ keys: z.array(keySchema) })
  .meta({ id: 'KeyList', description: 'Newest first, revoked ones included.' });

/** A key as the API shows it: never its secret. */
export function presentKey(key: Key__Output): KeyJson {
  return {
    id: key.id,
    label: key.label,
    prefix: key.prefix,
    created_at: key.createdAt,
    revoked_at: key.revokedAt || null,
    expires_at: key.expiresAt || null,
    scopes: key.scopes,
  };
}
