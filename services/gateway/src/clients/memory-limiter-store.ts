import { LRUCache } from 'lru-cache';
import { type Decision, decide } from '../domain/sliding-window.ts';
import type { LimiterStore, Take } from './limiter-store.ts';

interface Entry {
  window: number;
  current: number;
  previous: number;
}

/** Identities remembered at once; the least recently seen is forgotten first. About 20 MB when full. */
const maxIdentities = 100_000;

/** Limits within one process. */
export class MemoryLimiterStore implements LimiterStore {
  readonly #now: () => number;
  readonly #entries = new LRUCache<string, Entry>({ max: maxIdentities });

  /** `now` is the time in milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  take({ identity, limit, windowMs, isCounted }: Take): Decision {
    const now = this.#now();
    const window = Math.floor(now / windowMs);
    const entry = this.#entries.get(identity) ?? { window, current: 0, previous: 0 };
    if (entry.window !== window) {
      entry.previous = entry.window === window - 1 ? entry.current : 0;
      entry.current = 0;
      entry.window = window;
    }
    const decision = decide({ ...entry, elapsedMs: now - window * windowMs }, limit, windowMs);
    if (isCounted && decision.isAllowed) {
      entry.current += 1;
      this.#entries.set(identity, entry);
    }
    return decision;
  }
}
