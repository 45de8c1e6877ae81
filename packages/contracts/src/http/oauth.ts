import { z } from 'zod';
import type { GetSigningKeysResponse__Output } from '../generated/sillage/auth/v1/GetSigningKeysResponse.ts';

/** The form that POST /oauth/token reads (RFC 6749, section 4.4.2). */
export const tokenRequestSchema = z
  .object({
    grant_type: z.literal('client_credentials'),
    scope: z.string().optional().meta({
      description: 'Scopes separated by blanks, at most what the client has; absent: all it has.',
    }),
    client_id: z.string().optional().meta({ description: 'Unless sent by HTTP Basic authentication.' }),
    client_secret: z.string().optional().meta({ description: 'Unless sent by HTTP Basic authentication.' }),
  })
  .meta({ id: 'TokenRequest', example: { grant_type: 'client_credentials', scope: 'predict' } });

export const tokenSchema = z
  .object({
    access_token: z.string().meta({ description: 'JSON Web Token, signed with EdDSA.' }),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().meta({ description: 'Seconds.' }),
    scope: z.string(),
  })
  .meta({
    id: 'Token',
    example: {
      access_token: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjNmOWEyYyJ9.e30.c2lnbmF0dXJl',
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'predict models:*',
    },
  });
export type TokenJson = z.infer<typeof tokenSchema>;

export const tokenErrorSchema = z
  .object({
    error: z.enum(['invalid_request', 'invalid_client', 'invalid_scope', 'unsupported_grant_type']),
    error_description: z.string(),
  })
  .meta({
    id: 'TokenError',
    description: 'RFC 6749, section 5.2.',
    example: {
      error: 'invalid_client',
      error_description: 'there is no such client, or its secret is another',
    },
  });
export type TokenErrorJson = z.infer<typeof tokenErrorSchema>;

export const jwksSchema = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
        kid: z.string(),
        x: z.string(),
      }),
    ),
  })
  .meta({ id: 'Jwks', description: 'RFC 7517: every key whose tokens may still hold, the newest first.' });
export type JwksJson = z.infer<typeof jwksSchema>;

export function presentJwks(response: GetSigningKeysResponse__Output): JwksJson {
  return {
    keys: response.keys.map(({ kid, x }) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      kid,
      x,
    })),
  };
}
