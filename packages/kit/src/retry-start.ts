import { setTimeout as delay } from 'node:timers/promises';
import { toAppError } from './errors.ts';
import type { Log } from './log.ts';
import { databaseError } from './postgres.ts';

const pauseMs = 500;
const logEveryMs = 5000;

/**
 * Does what a start needs of a dependency, again and again while that is away (`unavailable`); any other failure is
 * thrown at once, since time does not mend it. Rejects with the signal's reason when the process is told to stop.
 */
export async function retryWhileAway<T>(
  context: { readonly log: Log; readonly signal: AbortSignal },
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  let lastLogMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    context.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const failure = toAppError(databaseError(error));
      if (failure.code !== 'unavailable') throw error;
      if (performance.now() - lastLogMs >= logEveryMs) {
        lastLogMs = performance.now();
        const { cause } = failure;
        context.log.warn(
          { what, reason: cause instanceof Error ? cause.message : failure.message },
          'waiting',
        );
      }
    }
    await delay(pauseMs, undefined, { signal: context.signal });
  }
}
