/**
 * How soon a dead worker's chunk is taken up again: at most leaseMs + 2 × sweepIntervalMs + one delivery, so under
 * 15 s. A claimed chunk is found by our sweep when its lease has run out. A delivery not claimed yet is found by
 * BullMQ's stall check, with the same two times: it marks in one look and moves in the next.
 */

/** A claim is good for so long without renewal; over the longest pause of a loaded event loop. */
export const leaseMs = 8000;
/** Renewals come four to a lease, so that two lost ones cost nothing; also the slowest a cancel is noticed. */
export const renewIntervalMs = 2000;
/** How often workers look for chunks that nobody works on. */
export const sweepIntervalMs = 2000;
/** A chunk that waited so long is handed to the queue once more; a delivery that is still there absorbs it. */
export const redeliverAfterMs = 8000;
/** Time the creator of a job has to hand its chunks to the queue before the sweep does it. */
export const enqueueGraceMs = 3000;
/** Chunks handed over per sweep, the longest waiting first: bounds the work, not the queue. */
export const sweepLimit = 500;
/** Workers that may vanish over one chunk before it is held to be the cause. */
export const maxLostClaims = 5;
/** Progress events of one job come no closer together than this. */
export const watchCoalesceMs = 200;
/** A watcher looks by itself so often, for the notifications that got lost. */
export const watchPollMs = 3000;
