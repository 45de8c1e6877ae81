/** One row waiting for a model. */
export interface Waiting {
  /** Cells of the row before padding: atoms of a molecule, 1 where rows have no length. */
  readonly cost: number;
  /** When it was pushed, milliseconds. */
  readonly pushedMs: number;
  /** When its caller stops waiting, milliseconds, on the same clock. */
  readonly deadlineMs: number;
  readonly isCancelled: boolean;
  /** Rows with a group share a batch with rows of the same group only. */
  readonly group?: string | undefined;
}

export interface BatchLimits {
  readonly maxRows: number;
  /** Cells of a batch: rows × the longest of them, or their sum. */
  readonly maxCost: number;
  /** Rows are not padded to the longest of them: a batch costs their sum. */
  readonly isUnpadded?: boolean;
  /** Rows up to an edge form a bucket; what is above the last edge forms one more. */
  readonly bucketEdges: readonly number[];
  /** So few padded cells cost no more than starting a run does: short and long rows may share them. */
  readonly freeCost: number;
  /** A bucket whose oldest row has waited this long goes first, however few its rows are. */
  readonly maxBucketWaitMs: number;
}

export interface Taken<E> {
  /** Rows to run together, longest first; empty when nobody waits. */
  readonly batch: readonly E[];
  /** Rows whose caller has gone. */
  readonly cancelled: readonly E[];
  /** Rows whose deadline has passed. */
  readonly expired: readonly E[];
  /** What goes on waiting, in arrival order. */
  readonly rest: readonly E[];
}

/**
 * Which rows run next. `entries` are in arrival order; the policy is a pure function of them and the clock.
 *
 * The dead leave first. When all that is left (outside groups) is so little that padding costs nothing, it runs as
 * one batch. Otherwise rows of like length run together: the bucket with the most cells first, because it uses the
 * model best, unless another has waited too long. A batch takes rows in arrival order while they fit.
 *
 * Rows of a group are always batched by bucket, so that who shares a batch with whom, and with it the last bits of
 * the answer, does not depend on the load.
 */
export function takeBatch<E extends Waiting>(
  entries: readonly E[],
  limits: BatchLimits,
  nowMs: number,
): Taken<E> {
  const cancelled: E[] = [];
  const expired: E[] = [];
  const alive: E[] = [];
  for (const entry of entries) {
    if (entry.isCancelled) cancelled.push(entry);
    else if (entry.deadlineMs <= nowMs) expired.push(entry);
    else alive.push(entry);
  }
  const batch = fit(chooseBucket(alive, limits, nowMs), limits);
  const taken = new Set(batch);
  return {
    batch: batch.toSorted((a, b) => b.cost - a.cost),
    cancelled,
    expired,
    rest: alive.filter((entry) => !taken.has(entry)),
  };
}

function chooseBucket<E extends Waiting>(
  alive: readonly E[],
  limits: BatchLimits,
  nowMs: number,
): readonly E[] {
  const loose = alive.filter((entry) => entry.group === undefined);
  const oldest = alive[0];
  if (oldest === undefined) return [];
  const buckets = new Map<string | number, E[]>();
  for (const entry of alive) {
    const own = bucketOf(entry.cost, limits);
    const key = entry.group === undefined ? own : `${own} ${entry.group}`;
    const bucket = buckets.get(key);
    if (bucket) bucket.push(entry);
    else buckets.set(key, [entry]);
  }
  const isOverdue = nowMs - oldest.pushedMs >= limits.maxBucketWaitMs;
  let chosen: readonly E[] = [];
  for (const bucket of buckets.values()) {
    // The first bucket is the oldest row's: a Map keeps the order of arrival.
    if (isOverdue) {
      chosen = bucket;
      break;
    }
    if (costOf(bucket, limits) > costOf(chosen, limits)) chosen = bucket;
  }
  const isLoose = chosen[0]?.group === undefined;
  return isLoose && costOf(loose, limits) <= limits.freeCost ? loose : chosen;
}

function bucketOf(cost: number, { bucketEdges }: BatchLimits): number {
  let index = 0;
  while (index < bucketEdges.length && cost > (bucketEdges[index] ?? 0)) index += 1;
  return index;
}

/** The rows from the front that fit together. A row alone always fits: what cannot is refused when pushed. */
function fit<E extends Waiting>(candidates: readonly E[], limits: BatchLimits): readonly E[] {
  let longest = 0;
  let sum = 0;
  for (const [index, { cost }] of candidates.entries()) {
    longest = Math.max(longest, cost);
    sum += cost;
    const total = limits.isUnpadded ? sum : longest * (index + 1);
    const isOver = index >= limits.maxRows || total > limits.maxCost;
    if (isOver && index > 0) return candidates.slice(0, index);
  }
  return candidates;
}

function costOf(rows: readonly Waiting[], { isUnpadded }: BatchLimits): number {
  return isUnpadded ? rows.reduce((sum, { cost }) => sum + cost, 0) : paddedCost(rows);
}

/** Cells of these rows when padded to the longest of them. */
export function paddedCost(rows: readonly Waiting[]): number {
  return rows.length * rows.reduce((longest, { cost }) => Math.max(longest, cost), 0);
}
