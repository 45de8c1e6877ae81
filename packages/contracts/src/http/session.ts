import { z } from 'zod';
import { tierNames } from '../tiers.ts';
import { shape, text } from './fields.ts';

export const beginSessionSchema = shape({
  key: text(1, 512).meta({ description: 'An API key.' }),
}).meta({ id: 'BeginSession', example: { key: 'sk_dev_0123456789abcdef_the-rest-of-it' } });

/** Who is asking, as a page needs to know it. */
export const sessionSchema = z
  .object({
    tenant: z.object({ id: z.string(), tier: z.enum(tierNames) }),
    credential: z.object({
      kind: z.enum(['key', 'client', 'none']).meta({
        description: 'none: no credential was sent, where this fleet needs none.',
      }),
      id: z.string().optional(),
    }),
    scopes: z.array(z.string()).meta({ description: 'What the credential is good for.' }),
    csrf_token: z.string().optional().meta({
      description:
        'There with a session: to be sent as X-CSRF-Token with every request other than GET and HEAD.',
    }),
    ends_at: z.string().optional().meta({
      description: 'When the session, or the credential before it, ends; absent: not by itself.',
    }),
  })
  .meta({
    id: 'Session',
    example: {
      tenant: { id: '7c0b8e5e-2d53-4f0a-8a0c-0d5d5b9b3c11', tier: 'pro' },
      credential: { kind: 'key', id: '0123456789abcdef' },
      scopes: ['generate', 'models:*', 'predict'],
      csrf_token: 'cE7b2fQmV0n4',
      ends_at: '2026-11-21T22:00:00.000Z',
    },
  });
export type SessionJson = z.infer<typeof sessionSchema>;
