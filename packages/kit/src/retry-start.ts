import { setTimeout as delay } from 'node:timers/promises';
import { toAppError } from './errors.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import { databaseError } from './postgres.ts';

const pauseMs = 500;
const logEveryMs = 5000;

/**
 * Does what a start needs of a dependency, again and again while that is away (`unavailable`); any other failure is
 * thrown at once, since time does not mend it. Meanwhile readiness tells what is waited for. Rejects with the signal's
 * reason when the process is told to stop.
 */
export async function retryWhileAway<T>(
  context: { readonly log: Log; readonly signal: AbortSignal; readonly health?: Health },
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  let lastLogMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    context.signal.throwIfAborted();
    try {
      const done = await work();
      context.health?.setWaiting(undefined);
      return done;
    } catch (error) {
      const failure = toAppError(databaseError(error));
      if (failure.code !== 'unavailable') throw error;
      const reason = failure.cause instanceof Error ? failure.cause.message : failure.message;
      context.health?.setWaiting(`waiting for ${what}: ${failure.message}`);
      if (performance.now() - lastLogMs >= logEveryMs) {
        lastLogMs = performance.now();
        context.log.warn({ what, reason }, 'waiting');
      }
    }
    await delay(pauseMs, undefined, { signal: context.signal });
  }
}
