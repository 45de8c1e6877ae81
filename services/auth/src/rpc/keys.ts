import { type AuthServiceDefinition, type Key, tierLimits, type VerifyKeyResponse } from '@sillage/contracts';
import { type Handlers, invalidField } from '@sillage/kit';
import type { KeyRecord } from '../clients/key-store.ts';
import { readAddressRanges } from '../domain/address-range.ts';
import { readExpiry, readLabel } from '../domain/fields.ts';
import { grant } from '../domain/grant.ts';
import { keyKindFromWire, keyKindToWire } from '../domain/key-kind.ts';
import { keyIdOf, keyPurpose, makeKeyText } from '../domain/key-text.ts';
import { tierToWire } from '../domain/tier.ts';
import { judge, type StoredKey, type Verdict } from '../domain/verdict.ts';
import { type HandlerParts, originIn } from './parts.ts';

type Methods = 'VerifyKey' | 'CreateKey' | 'ListKeys' | 'UpdateKey' | 'RotateKey' | 'RevokeKey';

/** A successor that nobody has fetched within a month will not be fetched. */
const maxOverlapS = 30 * 86_400;
const maxPage = 1000;

const refusals = {
  unknown: 'VERDICT_UNKNOWN',
  revoked: 'VERDICT_REVOKED',
  expired: 'VERDICT_EXPIRED',
  suspended: 'VERDICT_SUSPENDED',
} as const;

export function keyHandlers(parts: HandlerParts): Pick<Handlers<AuthServiceDefinition>, Methods> {
  const { keys, keyring, uses, environment, now, random } = parts;
  return {
    VerifyKey: async ({ key: text }) => {
      const id = keyIdOf('key', text, environment);
      if (id === undefined) return { verdict: refusals.unknown };
      const verdict = await judgeSecret(parts, await keys.find('key', id), text);
      if (verdict.kind === 'valid') uses.record(id, now());
      return presentVerdict(verdict);
    },

    CreateKey: async (request, context) => {
      const origin = originIn(parts, request, context);
      const createdAt = now();
      const kind = keyKindFromWire(request.kind);
      const label = readLabel(request.label);
      const expiresAt = readExpiry(request.expiresAt, createdAt);
      const scopes = grant(request.scopes, origin.scopes);
      const addressRanges = readAddressRanges(request.addressRanges);
      const { text, id, prefix } = makeKeyText(kind, environment, random);
      const hash = keyring.hash(text, keyPurpose);
      const { tenantId } = request;
      const made = { id, kind, tenantId, label, prefix, hash, createdAt, expiresAt, scopes, addressRanges };
      return { key: present(await keys.add(made, origin)), secret: text };
    },

    ListKeys: async ({ tenantId, kind, limit, before }) => {
      if (limit > maxPage) throw invalidField('/limit', `limit must be at most ${maxPage}`);
      const page = { limit: limit || maxPage, before };
      return { keys: (await keys.list(tenantId, keyKindFromWire(kind), page)).map(present) };
    },

    UpdateKey: async (request, context) => {
      const origin = originIn(parts, request, context);
      const at = now();
      const { label, expiresAt, scopes, addressRanges } = request;
      const change = {
        label: label === undefined ? undefined : readLabel(label),
        expiresAt: expiresAt === undefined ? undefined : (readExpiry(expiresAt, at) ?? null),
        scopes: scopes ? grant(scopes.values, origin.scopes) : undefined,
        addressRanges: addressRanges ? readAddressRanges(addressRanges.values) : undefined,
      };
      return { key: present(await keys.update(nameOf(request), change, at, origin)) };
    },

    RotateKey: async (request, context) => {
      const { overlapS } = request;
      if (overlapS > maxOverlapS) {
        throw invalidField('/overlap_s', `overlap_s must be a whole number from 0 to ${maxOverlapS}`);
      }
      const name = nameOf(request);
      const { text, id, prefix } = makeKeyText(name.kind, environment, random);
      const successor = { id, prefix, hash: keyring.hash(text, keyPurpose) };
      const origin = originIn(parts, request, context);
      return {
        key: present(await keys.rotate(name, successor, overlapS * 1000, now(), origin)),
        secret: text,
      };
    },

    RevokeKey: async (request, context) => {
      const name = {
        ...nameOf(request),
        ...(request.anyTenant ? { tenantId: undefined, kind: undefined } : {}),
      };
      return { key: present(await keys.revoke(name, now(), originIn(parts, request, context))) };
    },
  };
}

/** Judges who shows this secret; a hash of an earlier ENCRYPTION_KEY is renewed when its key is used. */
export async function judgeSecret(
  { keys, keyring, now }: HandlerParts,
  stored: StoredKey | undefined,
  text: string,
): Promise<Verdict> {
  const match = stored && keyring.matches(text, stored.hash, keyPurpose);
  if (stored && match === 'previous') await keys.rehash(stored.id, keyring.hash(text, keyPurpose));
  return judge(stored, match !== undefined, now());
}

/** A verdict with all that the gateway needs to serve its caller; the same for keys and clients. */
export function presentVerdict(verdict: Verdict): VerifyKeyResponse {
  if (verdict.kind !== 'valid') return { verdict: refusals[verdict.kind] };
  const { key } = verdict;
  const hourlyLimit = tierLimits[key.tier].requestsPerHour;
  return {
    verdict: 'VERDICT_VALID',
    tenantId: key.tenantId,
    keyId: key.id,
    tier: tierToWire(key.tier),
    scopes: [...key.scopes],
    addressRanges: [...key.addressRanges],
    consents: [...key.consents],
    ...(hourlyLimit === undefined ? {} : { hourlyLimit }),
    ...(key.expiresAt ? { expiresAtMs: key.expiresAt.getTime() } : {}),
  };
}

function nameOf(request: { tenantId: string; keyId: string; kind: string | number }) {
  return { tenantId: request.tenantId, id: request.keyId, kind: keyKindFromWire(request.kind) };
}

function present(key: KeyRecord): Key {
  return {
    id: key.id,
    kind: keyKindToWire(key.kind),
    label: key.label,
    prefix: key.prefix,
    createdAt: key.createdAt.toISOString(),
    revokedAt: key.revokedAt?.toISOString() ?? '',
    expiresAt: key.expiresAt?.toISOString() ?? '',
    lastUsedAt: key.lastUsedAt?.toISOString() ?? '',
    scopes: [...key.scopes],
    addressRanges: [...key.addressRanges],
    replaces: key.replaces ?? '',
    replacedBy: key.replacedBy ?? '',
  };
}
