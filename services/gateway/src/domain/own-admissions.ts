import { LRUCache } from 'lru-cache';
import {
  type Ask,
  addCount,
  type Grant,
  liveCounts,
  type SlotCount,
  slotAt,
  sumCounts,
  take,
} from './sliding-window.ts';

interface Entry {
  readonly windowMs: number;
  /** Let pass by this gateway and counted in the shared store. */
  told: readonly SlotCount[];
  /** Let pass by this gateway while the store was away. */
  owed: readonly SlotCount[];
  /** Let pass since the store last answered; a debt that was paid is still part of the share. */
  alone: readonly SlotCount[];
  /** What the store last said of all gateways together, and when. */
  seenUsed: number;
  seenMs: number;
}

/** What one gateway let pass of one identity. */
export interface OwnCounts {
  readonly identity: string;
  readonly windowMs: number;
  readonly counts: readonly SlotCount[];
}

/** Identities remembered at once; the least recently seen is forgotten first. */
const maxIdentities = 100_000;

/**
 * What this gateway let pass. It decides by itself while the shared store is away, and gives back to the store what
 * was counted meanwhile or lost there.
 */
export class OwnAdmissions {
  readonly #entries = new LRUCache<string, Entry>({ max: maxIdentities });

  /** The store has decided. */
  saw(identity: string, windowMs: number, grant: Grant, nowMs: number): void {
    const entry = this.#entryOf(identity, windowMs);
    entry.seenUsed = grant.used;
    entry.seenMs = nowMs;
    entry.alone = [];
    if (grant.granted > 0) {
      entry.told = addCount(liveCounts(entry.told, grant.slot), grant.slot, grant.granted);
    }
  }

  /** The store counts these no longer. */
  gaveBack(returned: readonly OwnCounts[]): void {
    for (const { identity, counts } of returned) {
      const entry = this.#entries.peek(identity);
      if (!entry) continue;
      for (const { slot, count } of counts) {
        entry.told = addCount(entry.told, slot, -count).filter((left) => left.count > 0);
      }
    }
  }

  /**
   * Decides without the store: each of `gateways` may let pass its share of what was left when it last heard, rounded
   * up. Together they exceed the limit by no more than what the others let pass since then, and one each by rounding.
   */
  takeAway(identity: string, ask: Ask, gateways: number, nowMs: number): Grant {
    const entry = this.#entryOf(identity, ask.windowMs);
    const usedThen = nowMs - entry.seenMs < ask.windowMs ? entry.seenUsed : 0;
    const share = Math.ceil(Math.max(0, ask.limit - usedThen) / Math.max(1, gateways));
    const { grant, counts } = take(entry.alone, { ...ask, limit: share }, nowMs);
    if (grant.granted > 0) {
      entry.alone = counts;
      entry.owed = addCount(liveCounts(entry.owed, grant.slot), grant.slot, grant.granted);
    }
    // Told so that the remaining of the headers is what this gateway will still give.
    return { ...grant, used: ask.limit - share + grant.used };
  }

  /** What the store does not know; of a store that lost everything, all that still counts. */
  debts(isStoreNew: boolean, nowMs: number): readonly OwnCounts[] {
    const debts: OwnCounts[] = [];
    for (const [identity, entry] of this.#entries.entries()) {
      const slot = slotAt(nowMs, entry.windowMs);
      const counts = merge(liveCounts(entry.owed, slot), isStoreNew ? liveCounts(entry.told, slot) : []);
      if (sumCounts(counts) > 0) debts.push({ identity, windowMs: entry.windowMs, counts });
    }
    return debts;
  }

  /** The store has taken these debts over; what was let pass since they were drawn up stays owed. */
  settle(debts: readonly OwnCounts[], isStoreNew: boolean): void {
    for (const { identity, counts } of debts) {
      const entry = this.#entries.peek(identity);
      if (!entry) continue;
      const toldBefore = new Map(isStoreNew ? entry.told.map(({ slot, count }) => [slot, count]) : []);
      for (const { slot, count } of counts) {
        const paid = count - (toldBefore.get(slot) ?? 0);
        if (paid <= 0) continue;
        entry.owed = addCount(entry.owed, slot, -paid).filter((left) => left.count > 0);
        entry.told = addCount(entry.told, slot, paid);
      }
    }
  }

  #entryOf(identity: string, windowMs: number): Entry {
    const known = this.#entries.get(identity);
    if (known && known.windowMs === windowMs) return known;
    const entry: Entry = { windowMs, told: [], owed: [], alone: [], seenUsed: 0, seenMs: 0 };
    this.#entries.set(identity, entry);
    return entry;
  }
}

function merge(a: readonly SlotCount[], b: readonly SlotCount[]): readonly SlotCount[] {
  let merged = a;
  for (const { slot, count } of b) merged = addCount(merged, slot, count);
  return merged;
}
