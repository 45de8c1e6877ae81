import { LRUCache } from 'lru-cache';
import { type SlotCount, take } from '../domain/sliding-window.ts';
import type { Decision, LimiterStore, Take } from './limiter-store.ts';

/** Identities remembered at once; the least recently seen is forgotten first. */
const maxIdentities = 100_000;

/** Limits within one process, for a fleet that has one gateway. */
export class MemoryLimiterStore implements LimiterStore {
  readonly #now: () => number;
  readonly #counts = new LRUCache<string, readonly SlotCount[]>({ max: maxIdentities });

  /** `now` is the time in milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  take({ identity, limit, windowMs, isCounted }: Take): Decision {
    const ask = { limit, windowMs, wanted: isCounted ? 1 : 0 };
    const { grant, counts } = take(this.#counts.get(identity) ?? [], ask, this.#now());
    if (grant.granted > 0) this.#counts.set(identity, counts);
    const isAllowed = isCounted ? grant.granted === 1 : grant.used < limit;
    return { isAllowed, remaining: Math.max(0, limit - grant.used), resetMs: grant.resetMs };
  }
}
