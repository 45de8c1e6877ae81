/**
 * A window is cut into this many slots, and the one that has begun is counted beside the full ones. So what is
 * counted always covers the last `windowMs` whole: never more than the limit passes in any `windowMs`, and a place
 * comes free at most one slot (a minute of an hour) later than it could.
 */
export const slotsPerWindow = 60;

/** Requests that passed in one slot; slots are numbered from the epoch. */
export interface SlotCount {
  readonly slot: number;
  readonly count: number;
}

export interface Ask {
  readonly limit: number;
  readonly windowMs: number;
  /** Requests that want to pass; 0 only looks. */
  readonly wanted: number;
}

export interface Grant {
  /** How many of those wanted may pass. */
  readonly granted: number;
  /** Counted in the window, those granted included. */
  readonly used: number;
  /** Time until the next place comes free, milliseconds; 0 where nothing is counted. */
  readonly resetMs: number;
  /** Where those granted are counted. */
  readonly slot: number;
}

/** The slot that holds this time (milliseconds since the epoch). */
export function slotAt(nowMs: number, windowMs: number): number {
  return Math.floor(nowMs / (windowMs / slotsPerWindow));
}

/** What of these counts a window that ends now still holds. */
export function liveCounts(counts: readonly SlotCount[], slotNow: number): readonly SlotCount[] {
  const isLive = ({ slot }: SlotCount) => slot >= slotNow - slotsPerWindow;
  return counts.every(isLive) ? counts : counts.filter(isLive);
}

export function sumCounts(counts: readonly SlotCount[]): number {
  let sum = 0;
  for (const { count } of counts) sum += count;
  return sum;
}

/** The counts, oldest slot first, with so many more in one slot. */
export function addCount(counts: readonly SlotCount[], slot: number, count: number): readonly SlotCount[] {
  const index = counts.findIndex((known) => known.slot >= slot);
  if (index === -1) return [...counts, { slot, count }];
  const isKnown = counts[index]?.slot === slot;
  const sum = (isKnown ? (counts[index]?.count ?? 0) : 0) + count;
  return counts.toSpliced(index, isKnown ? 1 : 0, { slot, count: sum });
}

/**
 * Grants what fits. A denial consumes nothing. The rule is written twice more, where the counts live: in
 * clients/redis-counts.ts and in migrations/001_admissions.sql; the contract test holds all three to the same answers.
 */
export function take(
  counts: readonly SlotCount[],
  ask: Ask,
  nowMs: number,
): { readonly grant: Grant; readonly counts: readonly SlotCount[] } {
  const slot = slotAt(nowMs, ask.windowMs);
  const live = liveCounts(counts, slot);
  const before = sumCounts(live);
  const granted = Math.max(0, Math.min(ask.wanted, ask.limit - before));
  const after = granted > 0 ? addCount(live, slot, granted) : live;
  const used = before + granted;
  return { grant: { granted, used, resetMs: untilFree(after, used, ask, nowMs), slot }, counts: after };
}

/** Time until the oldest of what is counted leaves; where more is counted than the limit, until one more fits. */
function untilFree(counts: readonly SlotCount[], used: number, ask: Ask, nowMs: number): number {
  const slotMs = ask.windowMs / slotsPerWindow;
  let left = used;
  let freeMs = nowMs;
  for (const { slot, count } of counts) {
    if (left < Math.min(used, ask.limit)) break;
    left -= count;
    freeMs = (slot + slotsPerWindow + 1) * slotMs;
  }
  return Math.max(0, freeMs - nowMs);
}
