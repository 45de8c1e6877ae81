import { expect, test } from '@jest/globals';
import { judge, type StoredKey } from './verdict.ts';

const now = new Date('2030-01-01T00:00:00Z');
const earlier = new Date('2029-12-31T23:59:59Z');
const later = new Date('2030-01-01T00:00:01Z');

function key(changes: Partial<StoredKey>): StoredKey {
  return {
    id: 'a',
    tenantId: 't',
    tier: 'free',
    hash: Buffer.alloc(32),
    revokedAt: undefined,
    expiresAt: undefined,
    suspendedAt: undefined,
    consents: [],
    kind: 'key',
    scopes: ['predict'],
    addressRanges: [],
    ...changes,
  };
}

test.each([
  ['no such key', undefined, false, 'unknown'],
  ['a wrong secret', key({}), false, 'unknown'],
  ['a wrong secret of a revoked key', key({ revokedAt: earlier }), false, 'unknown'],
  ['a wrong secret of an expired key', key({ expiresAt: earlier }), false, 'unknown'],
  ['a good key', key({}), true, 'valid'],
  ['a key that ends later', key({ expiresAt: later }), true, 'valid'],
  ['a key that ends now', key({ expiresAt: now }), true, 'expired'],
  ['a revoked key', key({ revokedAt: earlier }), true, 'revoked'],
  ['a key of a suspended tenant', key({ suspendedAt: earlier }), true, 'suspended'],
  ['a wrong secret of a suspended tenant', key({ suspendedAt: earlier }), false, 'unknown'],
  ['a key both revoked and expired', key({ revokedAt: earlier, expiresAt: earlier }), true, 'revoked'],
] as const)('%s', (_, stored, isSecretRight, kind) => {
  expect(judge(stored, isSecretRight, now).kind).toBe(kind);
});
