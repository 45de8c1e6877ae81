import { LRUCache } from 'lru-cache';
import type { OwnCounts } from './own-admissions.ts';
import { type Ask, type Grant, slotsPerWindow } from './sliding-window.ts';

interface Reserve {
  readonly limit: number;
  readonly windowMs: number;
  /** Places to ask for beyond those wanted, next time. */
  size: number;
  askedMs: number;
  left: number;
  endsAtMs: number;
  grant: Grant;
}

/** Held no longer than this, so that another gateway is refused for no longer because of what this one holds. */
const lifeMs = 1000;
/** Of what is left of a limit a gateway holds no more than this: near its end, and of small limits, nothing. */
const largestShare = 1 / 64;
/** Identities remembered at once; what the least recently seen held stays counted, which is on the safe side. */
const maxIdentities = 20_000;

/**
 * Places of busy identities that the shared store has counted already and this gateway may give at once, so that most
 * requests of a busy key cost no call. Never more is given than was counted; what is left goes back within a second.
 */
export class AdmissionReserve {
  readonly #reserves = new LRUCache<string, Reserve>({ max: maxIdentities });
  readonly #filled = new Set<string>();
  /** Held in a slot that another grant has followed since: to be given back. */
  #passed: OwnCounts[] = [];

  /** Gives one place of those held, with how the limit stands then; undefined where none is held. */
  spend(identity: string, ask: Omit<Ask, 'wanted'>, nowMs: number): Grant | undefined {
    // That it was asked for is remembered when it is filled again.
    const reserve = this.#reserves.peek(identity);
    if (!reserve || reserve.left === 0 || nowMs >= reserve.endsAtMs) return undefined;
    if (reserve.limit !== ask.limit || reserve.windowMs !== ask.windowMs) return undefined;
    reserve.left -= 1;
    const resetMs = Math.max(0, reserve.grant.resetMs - (nowMs - reserve.askedMs));
    return { granted: 1, used: reserve.grant.used - reserve.left, resetMs, slot: reserve.grant.slot };
  }

  /** How many places to ask for beyond those wanted now: twice as many while the last were used up within a second. */
  more(identity: string, { limit, windowMs }: Omit<Ask, 'wanted'>, gateways: number, nowMs: number): number {
    const reserve = this.#reserves.get(identity);
    if (!reserve || reserve.limit !== limit || reserve.windowMs !== windowMs) return 0;
    const inHurry = nowMs - reserve.askedMs < lifeMs;
    const share = ((limit - reserve.grant.used) * largestShare) / Math.max(1, gateways);
    const most = Math.max(0, Math.floor(share));
    reserve.size = Math.min(most, inHurry ? Math.max(1, reserve.size * 2) : reserve.size >> 1);
    return reserve.size;
  }

  /** The store was asked at `askedMs` and granted; `left` of it nobody wanted yet. */
  filled(identity: string, ask: Omit<Ask, 'wanted'>, grant: Grant, left: number, askedMs: number): void {
    const { limit, windowMs } = ask;
    const known = this.#reserves.get(identity);
    // A call that was made before the last answer came may find some of that still held.
    const held = known?.grant.slot === grant.slot && known.windowMs === windowMs ? known.left : 0;
    if (known && known.left > held) {
      const counts = [{ slot: known.grant.slot, count: known.left }];
      this.#passed.push({ identity, windowMs: known.windowMs, counts });
    }
    // Places are counted in the slot they were granted in; given in the next they would come free too early. The
    // store's clock tells where the slot ends: all that is counted comes free at the end of one.
    const slotLeftMs = Math.floor(grant.resetMs % (windowMs / slotsPerWindow)) - 1;
    this.#reserves.set(identity, {
      limit,
      windowMs,
      size: known?.size ?? 0,
      askedMs,
      left: held + left,
      endsAtMs: askedMs + Math.min(lifeMs, slotLeftMs),
      grant,
    });
    if (held + left > 0) this.#filled.add(identity);
    else this.#filled.delete(identity);
  }

  /** Takes out what is held no longer, or all, to be given back to the store. */
  release(nowMs: number): readonly OwnCounts[] {
    const released = this.#passed;
    this.#passed = [];
    for (const identity of this.#filled) {
      const reserve = this.#reserves.peek(identity);
      if (reserve && reserve.left > 0 && nowMs < reserve.endsAtMs) continue;
      this.#filled.delete(identity);
      if (!reserve || reserve.left === 0) continue;
      const counts = [{ slot: reserve.grant.slot, count: reserve.left }];
      released.push({ identity, windowMs: reserve.windowMs, counts });
      reserve.left = 0;
    }
    return released;
  }

  /** The store was lost: what is held stays counted there, and is not given. */
  drop(): void {
    this.#passed = [];
    this.#filled.clear();
    this.#reserves.clear();
  }
}
