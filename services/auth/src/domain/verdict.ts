import type { Tier } from './tier.ts';

/** A key is sent with each request; a client's secret is good for tokens only. */
export const keyKinds = ['key', 'client'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** What is stored of a key, as far as judging it needs. */
export interface StoredKey {
  readonly id: string;
  readonly kind: KeyKind;
  readonly tenantId: string;
  readonly tier: Tier;
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly addressRanges: readonly string[];
  readonly revokedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly suspendedAt: Date | undefined;
  /** What the tenant agrees to, by purpose. */
  readonly consents: readonly string[];
}

export type Verdict =
  | { readonly kind: 'valid'; readonly key: StoredKey }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'suspended' };

/** Judges a key. Only who holds the whole secret learns that it was revoked, has expired or whose tenant is suspended. */
export function judge(stored: StoredKey | undefined, isSecretRight: boolean, now: Date): Verdict {
  if (!stored || !isSecretRight) return { kind: 'unknown' };
  if (stored.revokedAt) return { kind: 'revoked' };
  if (stored.expiresAt && stored.expiresAt <= now) return { kind: 'expired' };
  if (stored.suspendedAt) return { kind: 'suspended' };
  return { kind: 'valid', key: stored };
}
