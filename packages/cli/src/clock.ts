import { setTimeout as delay } from 'node:timers/promises';

/** Waits; an abort ends it with the signal's reason. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
