/**
 * How soon a dead worker's chunk is taken up again: at most leaseMs + 2 × sweepIntervalMs + one delivery, so under
 * 15 s. A claimed chunk is found by our sweep when its lease has run out. A delivery not claimed yet is found by
 * BullMQ's stall check, with the same two times: it marks in one look and moves in the next.
 */

/** A claim is good for so long without renewal, unless JOB_LEASE_MS says otherwise; over the longest pause of a loaded event loop. */
export const leaseMs = 8000;
/** Renewals come four to a lease, so that two lost ones cost nothing; also the slowest a cancel is noticed. */
export const renewalsOfLease = 4;
/** How often workers look for chunks that nobody works on, and for what else is due. */
export const sweepIntervalMs = 2000;
/** A chunk that waited so long is handed to the queue once more; a delivery that is still there absorbs it. */
export const redeliverAfterMs = 8000;
/**
 * Chunks that wait in the queue for a worker, at most; topped up when half of them are gone. Few, since what waits
 * there keeps its place: a newcomer's first chunk comes after these. Enough that no worker waits for the next one.
 */
export const aheadChunks = 8;
/** Workers that may vanish over one chunk before it is held to be the cause. */
export const maxLostClaims = 5;
/** Progress events of one job come no closer together than this. */
export const watchCoalesceMs = 200;
/** A watcher looks by itself so often, for the notifications that got lost. */
export const watchPollMs = 3000;
/** Events read at a time by one who goes on from an earlier one. */
export const eventPage = 500;
/** An Idempotency-Key is good for so long. */
export const idempotencyHours = 24;
/** An upload without a job is over by then, whatever became of its gateway. */
export const uploadHours = 2;
