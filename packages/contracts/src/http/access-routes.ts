import type { z } from 'zod';
import {
  auditListSchema,
  createTenantSchema,
  listAuditQuerySchema,
  listTenantsQuerySchema,
  rotatedSigningKeySchema,
  rotateSigningKeySchema,
  tenantListSchema,
  tenantSchema,
  updateTenantSchema,
} from './admin.ts';
import {
  clientListSchema,
  createdKeySchema,
  createKeySchema,
  keyListSchema,
  keySchema,
  rotateKeySchema,
  updateKeySchema,
} from './keys.ts';
import { jwksSchema, tokenErrorSchema, tokenRequestSchema, tokenSchema } from './oauth.ts';
import type { Route } from './routes.ts';

/** Who may come in: keys, OAuth clients and tokens, tenants, the audit log. `api` is what every path begins with. */
export function accessRoutes(api: string): readonly Route[] {
  return [
    ...credentialRoutes(`${api}/keys`, 'Keys', 'key', keyListSchema),
    ...credentialRoutes(`${api}/oauth/clients`, 'OAuth', 'OAuth client', clientListSchema),
    {
      method: 'post',
      path: '/oauth/token',
      tag: 'OAuth',
      scope: 'public',
      summary: 'Gives a client a token',
      description:
        'Client credentials (RFC 6749, section 4.4). The client’s id and secret come by HTTP Basic or in the form. What is wrong with the form or the client is told as RFC 6749, section 5.2, says; what HTTP itself refuses, as a problem.',
      bodyAlso: { 'application/x-www-form-urlencoded': tokenRequestSchema },
      answer: tokenSchema,
      errors: [400, 401, 413, 415],
      errorForms: { 400: tokenErrorSchema, 401: tokenErrorSchema },
    },
    {
      method: 'get',
      path: '/.well-known/jwks.json',
      tag: 'OAuth',
      scope: 'public',
      summary: 'Shows what tokens are verified with',
      answer: jwksSchema,
    },
    {
      method: 'get',
      path: `${api}/account/audit`,
      tag: 'Account',
      scope: 'account',
      summary: 'Lists what was done in the account',
      query: listAuditQuerySchema,
      answer: auditListSchema,
      errors: [400],
    },
    {
      method: 'post',
      path: `${api}/admin/tenants`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Makes a tenant',
      body: createTenantSchema,
      status: 201,
      answer: tenantSchema,
      errors: [409],
    },
    {
      method: 'get',
      path: `${api}/admin/tenants`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Lists tenants',
      query: listTenantsQuerySchema,
      answer: tenantListSchema,
      errors: [400, 404],
    },
    {
      method: 'get',
      path: `${api}/admin/tenants/{id}`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Shows a tenant',
      answer: tenantSchema,
    },
    {
      method: 'patch',
      path: `${api}/admin/tenants/{id}`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Changes a tenant’s tier, or suspends it',
      description: 'Every gateway acts on it within a second.',
      body: updateTenantSchema,
      answer: tenantSchema,
    },
    {
      method: 'post',
      path: `${api}/admin/tenants/{id}/keys`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Makes a key for a tenant and shows it, this once',
      description: 'Without a list it gets all that your own credential has but `admin`.',
      body: createKeySchema,
      status: 201,
      answer: createdKeySchema,
      errors: [409],
    },
    {
      method: 'get',
      path: `${api}/admin/tenants/{id}/keys`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Lists a tenant’s keys',
      answer: keyListSchema,
    },
    {
      method: 'delete',
      path: `${api}/admin/keys/{id}`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Revokes a key of any tenant everywhere',
      answer: keySchema,
    },
    {
      method: 'post',
      path: `${api}/admin/signing-keys/rotate`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Signs tokens with a new key from now on',
      body: rotateSigningKeySchema,
      status: 201,
      answer: rotatedSigningKeySchema,
    },
    {
      method: 'get',
      path: `${api}/admin/audit`,
      tag: 'Administration',
      scope: 'admin',
      summary: 'Lists the audit log',
      query: listAuditQuerySchema,
      answer: auditListSchema,
      errors: [400],
    },
  ];
}

/** Keys and OAuth clients are managed alike. */
function credentialRoutes(path: string, tag: string, what: string, list: z.ZodType): Route[] {
  const article = what === 'key' ? 'a' : 'an';
  const common = { tag, scope: 'account' } as const;
  return [
    {
      method: 'post',
      path,
      ...common,
      summary: `Makes ${article} ${what} and shows its secret, this once`,
      ...(what === 'key' ? {} : { description: '`id` is the client_id, `secret` the client_secret.' }),
      body: createKeySchema,
      status: 201,
      answer: createdKeySchema,
      errors: [409],
    },
    { method: 'get', path, ...common, summary: `Lists ${what}s`, answer: list },
    {
      method: 'patch',
      path: `${path}/{id}`,
      ...common,
      summary: `Changes ${article} ${what}`,
      description: 'Every gateway acts on it within a second.',
      body: updateKeySchema,
      answer: keySchema,
      errors: [409],
    },
    {
      method: 'post',
      path: `${path}/{id}/rotate`,
      ...common,
      summary: `Makes a successor of ${article} ${what} and shows its secret, this once`,
      description:
        'The successor has the same scopes, label, networks and end. The old one holds until the overlap ends.',
      body: rotateKeySchema,
      status: 201,
      answer: createdKeySchema,
      errors: [409],
    },
    {
      method: 'delete',
      path: `${path}/{id}`,
      ...common,
      summary: `Revokes ${article} ${what} everywhere`,
      description: 'Revoking twice is not an error.',
      answer: keySchema,
    },
  ];
}
