import { hash } from 'node:crypto';
import type { Tier__Output, TierName, VerifyKeyResponse__Output } from '@sillage/contracts';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../http/exchange.ts';

/** No verdict is older than this, whatever else fails. */
const maxAgeMs = 5000;
const maxVerdicts = 20_000;
/** How long a key that held is remembered as one that did; it opens nothing by itself. */
const heldMs = 3_600_000;

/** Why a key does not hold. */
export type Refusal = 'unknown' | 'revoked' | 'expired';
export type KeyVerdict =
  | { readonly kind: 'valid'; readonly caller: Caller & { readonly keyId: string } }
  | { readonly kind: Refusal };

/**
 * Verdicts about API keys, for seconds, under the hash of the key. Callers with the same new key ask auth once;
 * a revocation heard while auth is being asked keeps that answer out of the cache.
 */
export class KeyVerifier {
  readonly #ask: (key: string) => Promise<VerifyKeyResponse__Output>;
  readonly #verdicts: LRUCache<string, KeyVerdict>;
  readonly #held = new LRUCache<string, true>({ max: maxVerdicts, ttl: heldMs });
  readonly #asking = new Map<string, Promise<KeyVerdict>>();
  readonly #doubted = new Map<string, Set<() => void>>();
  #revocations = 0;

  constructor(options: { ask: (key: string) => Promise<VerifyKeyResponse__Output>; now?: () => number }) {
    this.#ask = options.ask;
    this.#verdicts = new LRUCache({
      max: maxVerdicts,
      ttl: maxAgeMs,
      // Also without a clock of its own the cache must not serve a verdict past its age.
      ttlResolution: options.now ? 0 : 50,
      ...(options.now ? { perf: { now: options.now } } : {}),
    });
  }

  /** The cached verdict, at once. */
  peek(key: string): KeyVerdict | undefined {
    return this.#verdicts.get(hashOf(key));
  }

  /** Whether the key held within the last hour: no guess, then, though it must be verified like any other. */
  hasHeld(key: string): boolean {
    return this.#held.has(hashOf(key));
  }

  /** Rejects as `unavailable` when auth is away and nothing is cached: authentication fails closed. */
  verify(key: string): Promise<KeyVerdict> {
    const id = hashOf(key);
    const known = this.#verdicts.get(id);
    if (known) return Promise.resolve(known);
    const asking = this.#asking.get(id);
    if (asking !== undefined) return asking;
    const asked = this.#askNow(key, id).finally(() => this.#asking.delete(id));
    this.#asking.set(id, asked);
    return asked;
  }

  /** The key with this id no longer holds. */
  forget(keyId: string): void {
    this.#revocations += 1;
    for (const [id, verdict] of this.#verdicts.entries()) {
      if (verdict.kind === 'valid' && verdict.caller.keyId === keyId) this.#verdicts.delete(id);
    }
    for (const listener of this.#doubted.get(keyId) ?? []) listener();
  }

  /** Revocations may have been missed. */
  forgetAll(): void {
    this.#revocations += 1;
    this.#verdicts.clear();
    for (const listeners of this.#doubted.values()) for (const listener of listeners) listener();
  }

  /**
   * For answers that outlast a verdict: calls `listener` when the key no longer holds or may not, until the returned
   * function is called.
   */
  onDoubt(keyId: string, listener: () => void): () => void {
    const listeners = this.#doubted.get(keyId) ?? new Set();
    this.#doubted.set(keyId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#doubted.get(keyId) === listeners) this.#doubted.delete(keyId);
    };
  }

  async #askNow(key: string, id: string): Promise<KeyVerdict> {
    const before = this.#revocations;
    const verdict = toVerdict(await this.#ask(key));
    if (verdict.kind === 'valid') this.#held.set(id, true);
    if (this.#revocations === before) this.#verdicts.set(id, verdict);
    return verdict;
  }
}

function hashOf(key: string): string {
  return hash('sha256', key, 'base64url');
}

function toVerdict(response: VerifyKeyResponse__Output): KeyVerdict {
  switch (response.verdict) {
    case 'VERDICT_VALID':
      return {
        kind: 'valid',
        caller: {
          tenantId: response.tenantId,
          keyId: response.keyId,
          credential: 'key',
          tier: tierOf(response.tier),
          scopes: new Set(response.scopes),
          ...(response.hourlyLimit === undefined ? {} : { hourlyLimit: response.hourlyLimit }),
        },
      };
    case 'VERDICT_REVOKED':
      return { kind: 'revoked' };
    case 'VERDICT_EXPIRED':
      return { kind: 'expired' };
    case 'VERDICT_UNSPECIFIED':
    case 'VERDICT_UNKNOWN':
      return { kind: 'unknown' };
  }
}

/** A tier of a later version than this gateway is treated as the lowest. */
export function tierOf(tier: Tier__Output): TierName {
  return tiers[tier];
}

const tiers = {
  TIER_UNSPECIFIED: 'free',
  TIER_FREE: 'free',
  TIER_BASIC: 'basic',
  TIER_PRO: 'pro',
  TIER_ENTERPRISE: 'enterprise',
} as const satisfies Record<Tier__Output, TierName>;
