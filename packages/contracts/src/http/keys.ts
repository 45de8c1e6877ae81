import { z } from 'zod';
import type { Key__Output } from '../generated/sillage/auth/v1/Key.ts';
import { list, moment, queryNumber, shape, text, wholeNumber } from './fields.ts';
import { scopesField } from './scopes.ts';

const label = text(0, 100);
const addressRanges = list(
  z.string({ error: 'must be a network such as 203.0.113.0/24' }).max(100),
  0,
  50,
  'networks',
).meta({
  description: 'Networks it may be used from, in CIDR notation, IPv4 or IPv6; empty: anywhere.',
  example: ['203.0.113.0/24', '2001:db8::/32'],
});

export const createKeySchema = shape({
  label: label.default('').meta({ description: 'What you know it by.' }),
  expires_at: moment().optional().meta({ description: 'Absent: never.' }),
  scopes: scopesField.optional(),
  address_ranges: addressRanges.optional(),
}).meta({ id: 'CreateKeyRequest', example: { label: 'laboratory', scopes: ['predict', 'sensors'] } });

export const updateKeySchema = shape({
  label: label.optional(),
  expires_at: moment().nullable().optional().meta({ description: 'Null: never.' }),
  scopes: scopesField.optional(),
  address_ranges: addressRanges.optional(),
}).meta({
  id: 'UpdateKeyRequest',
  description: 'What is absent stays as it is.',
  example: { label: 'laboratory, second floor' },
});

/** How long the old key goes on to hold unless the request says otherwise: a day. */
const defaultOverlapS = 86_400;

export const rotateKeySchema = shape({
  overlap_s: wholeNumber(0, 30 * 86_400)
    .default(defaultOverlapS)
    .meta({ description: 'Seconds that the old one goes on to hold; 0 revokes it at once.' }),
}).meta({ id: 'RotateKeyRequest', example: { overlap_s: 3600 } });

export const keySchema = z
  .object({
    id: z.string(),
    label: z.string(),
    prefix: z.string().meta({ description: 'Beginning of the key, to recognise it by.' }),
    scopes: z.array(z.string()).meta({ description: 'What it is good for.' }),
    address_ranges: z.array(z.string()).meta({ description: 'Where it may be used from; empty: anywhere.' }),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    revoked_at: z.string().nullable(),
    last_used_at: z.string().nullable().meta({ description: 'To the minute.' }),
    replaces: z.string().nullable().meta({ description: 'Id of the key it was rotated from.' }),
    replaced_by: z.string().nullable().meta({ description: 'Id of the key it was rotated to.' }),
  })
  .meta({
    id: 'Key',
    example: {
      id: '3f9a2cB81xQ',
      label: 'laboratory',
      prefix: 'sk_dev_3f9a2c',
      scopes: ['predict', 'sensors', 'models:*'],
      address_ranges: [],
      created_at: '2026-11-21T10:00:00.000Z',
      expires_at: null,
      revoked_at: null,
      last_used_at: '2026-11-21T10:05:00.000Z',
      replaces: null,
      replaced_by: null,
    },
  });
export type KeyJson = z.infer<typeof keySchema>;

export const createdKeySchema = z
  .object({
    ...keySchema.shape,
    secret: z.string().meta({ description: 'The key itself, shown this once.' }),
  })
  .meta({ id: 'CreatedKey' });
export type CreatedKeyJson = z.infer<typeof createdKeySchema>;

export const listKeysQuerySchema = shape({
  limit: queryNumber(1, 1000).default(1000).meta({ description: 'How many at most.' }),
  before: text(1, 100).optional().meta({ description: '`next` of the page before.' }),
});

export const keyListSchema = z
  .object({ keys: z.array(keySchema), next: z.string().nullable() })
  .meta({ id: 'KeyList', description: 'Newest first, revoked ones included.' });

export const clientListSchema = z
  .object({ clients: z.array(keySchema), next: z.string().nullable() })
  .meta({ id: 'ClientList', description: 'Newest first, revoked ones included.' });

/** A key as the API shows it: never its secret. */
export function presentKey(key: Key__Output): KeyJson {
  return {
    id: key.id,
    label: key.label,
    prefix: key.prefix,
    scopes: key.scopes,
    address_ranges: key.addressRanges,
    created_at: key.createdAt,
    expires_at: key.expiresAt || null,
    revoked_at: key.revokedAt || null,
    last_used_at: key.lastUsedAt || null,
    replaces: key.replaces || null,
    replaced_by: key.replacedBy || null,
  };
}
