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
  /** Rows of a group up to an edge form a bucket; what is above the last edge forms one more. */
  readonly bucketEdges: readonly number[];
  /** Cells that starting a run costs: rows of unlike length share a batch while padding them costs no more. */
  readonly startCost: number;
  /** The batch of a row that has waited this long goes first, however few its rows are. */
  readonly maxWaitMs: number;
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
 * The dead leave first. What is left is cut into batches of like length, each as long as padding its rows costs less
 * than one more run, and the batch with the most cells runs: it uses the model best. Where the oldest row has waited
 * too long, its batch does.
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
  const batch = chooseBatch(alive, limits, nowMs);
  const taken = new Set(batch);
  return { batch, cancelled, expired, rest: alive.filter((entry) => !taken.has(entry)) };
}

function chooseBatch<E extends Waiting>(
  alive: readonly E[],
  limits: BatchLimits,
  nowMs: number,
): readonly E[] {
  const [oldest] = alive;
  if (oldest === undefined) return [];
  const loose: E[] = [];
  const buckets = new Map<string, E[]>();
  for (const entry of alive) {
    if (entry.group === undefined) {
      loose.push(entry);
      continue;
    }
    const key = `${bucketOf(entry.cost, limits)} ${entry.group}`;
    const bucket = buckets.get(key);
    if (bucket) bucket.push(entry);
    else buckets.set(key, [entry]);
  }
  const batches = [
    ...cut(loose, limits),
    ...[...buckets.values()].map((bucket) => byLength(fit(bucket, limits))),
  ];
  if (nowMs - oldest.pushedMs >= limits.maxWaitMs)
    return batches.find((batch) => batch.includes(oldest)) ?? [];
  let chosen: readonly E[] = [];
  for (const batch of batches) if (costOf(batch, limits) > costOf(chosen, limits)) chosen = batch;
  return chosen;
}

/** Rows in batches, from the longest down; of one length in arrival order. */
function cut<E extends Waiting>(rows: readonly E[], limits: BatchLimits): E[][] {
  const batches: E[][] = [];
  let batch: E[] = [];
  let padding = 0;
  let sum = 0;
  for (const row of byLength(rows)) {
    const longest = batch[0]?.cost ?? row.cost;
    padding += limits.isUnpadded ? 0 : longest - row.cost;
    sum += row.cost;
    const isOver = batch.length >= limits.maxRows || sum + padding > limits.maxCost;
    if (batch.length === 0 || isOver || padding > limits.startCost) {
      batch = [];
      batches.push(batch);
      padding = 0;
      sum = row.cost;
    }
    batch.push(row);
  }
  return batches;
}

function byLength<E extends Waiting>(rows: readonly E[]): E[] {
  return rows.toSorted((a, b) => b.cost - a.cost);
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
