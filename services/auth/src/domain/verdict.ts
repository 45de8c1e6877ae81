import type { Tier } from './tier.ts';

/** What is stored of a key, as far as judging it needs. */
export interface StoredKey {
  readonly id: string;
  readonly tenantId: string;
  readonly tier: Tier;
  readonly hash: Uint8Array;
  readonly revokedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly scopes: readonly string[];
}

export type Verdict =
  | { readonly kind: 'valid'; readonly key: StoredKey }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'expired' };

/** Judges a key. Only who holds the whole secret learns that it was revoked or has expired. */
export function judge(stored: StoredKey | undefined, isSecretRight: boolean, now: Date): Verdict {
  if (!stored || !isSecretRight) return { kind: 'unknown' };
  if (stored.revokedAt) return { kind: 'revoked' };
  if (stored.expiresAt && stored.expiresAt <= now) return { kind: 'expired' };
  return { kind: 'valid', key: stored };
}
