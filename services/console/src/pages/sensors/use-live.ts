import type { ClassificationJson, DeviceJson, ReadingListJson } from '@sillage/contracts';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { askJson, newestRateLimit } from '../../api/client.ts';
import { failureKind, needsSignIn } from '../../api/problem.ts';
import { pause, signedIn } from '../../api/waits.ts';
import { askClassification, devicePath, deviceQuery } from './data.ts';
import { emptyWindow, type LiveWindow, withReadings } from './live-window.ts';
import { paceOf, slowestMs } from './pace.ts';

/** Seconds that the live plots show. */
export const liveSeconds = 180;
/** Readings of one answer: the most that the API gives is more, but a page need not have them at once. */
const pageLimit = 1000;
/** Between attempts where the API cannot be reached, milliseconds. */
const waits = [1000, 2000, 4000, 8000];

export interface Live {
  readonly window: LiveWindow;
  readonly classification: ClassificationJson | undefined;
  /** Nobody answers; it is tried again. */
  readonly isLost: boolean;
  /** Why it is not asked any more, or was refused just now. */
  readonly error: unknown;
}

const nothing: Live = { window: emptyWindow, classification: undefined, isLost: false, error: undefined };

/**
 * What a device measures and smells now: its newest readings and their classification, asked for again and again while
 * the page is in sight, as often as the credential's limit allows.
 */
export function useLive({ id, channels, last_reading_at: last }: DeviceJson): Live {
  const queries = useQueryClient();
  const [live, setLive] = useState(nothing);
  const names = channels.join('\n');
  // Where the plots begin; that it moves on is no reason to begin again.
  const [start] = useState(last);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    setLive(nothing);
    void follow(id, {
      ...{ queries, signal, names: names.split('\n') },
      sinceMs: start === null ? 0 : Date.parse(start) - liveSeconds * 1000,
      tell: (change) => setLive((before) => change(before)),
    });
    return () => leaving.abort();
  }, [id, names, queries, start]);
  return live;
}

async function follow(
  id: string,
  {
    queries,
    signal,
    names,
    sinceMs,
    tell,
  }: {
    readonly queries: QueryClient;
    readonly signal: AbortSignal;
    readonly names: readonly string[];
    readonly sinceMs: number;
    readonly tell: (change: (live: Live) => Live) => void;
  },
): Promise<void> {
  let [since, failures, isFirst, hasMeasured] = [sinceMs, 0, true, sinceMs > 0];
  while (!signal.aborted) {
    let waitMs = waits[Math.min(failures, waits.length - 1)] ?? 0;
    try {
      const query = new URLSearchParams({ from: new Date(since).toISOString(), limit: String(pageLimit) });
      const page = `${devicePath(id)}/readings?${query}`;
      const { readings, next } = await askJson<ReadingListJson>(page, { signal });
      const newest = readings.at(-1);
      if (newest) since = Date.parse(newest.t) + 1;
      const classification = newest || isFirst ? await askClassification(id, signal) : undefined;
      // Its first reading changes what the rest of the page says of it.
      if (newest && !hasMeasured) {
        void queries.invalidateQueries({ queryKey: deviceQuery(id).queryKey });
        hasMeasured = true;
      }
      tell((before) => ({
        window: withReadings(before.window, readings, names, liveSeconds),
        classification: classification ?? before.classification,
        isLost: false,
        error: undefined,
      }));
      [failures, isFirst] = [0, false];
      waitMs = next === null ? paceOf(newestRateLimit()) : 0;
    } catch (error) {
      if (signal.aborted) return;
      if (needsSignIn(error)) {
        await signedIn(queries, signal);
        continue;
      }
      const kind = failureKind(error);
      const isLost = kind === 'away';
      tell((before) => ({ ...before, isLost, error: isLost ? undefined : error }));
      if (kind === 'limited') waitMs = slowestMs;
      else if (kind === 'refused') return;
      failures += 1;
    }
    await pause(waitMs, signal);
    await inSight(signal);
  }
}

/** Resolves while the page is in sight: nothing is asked for that nobody sees. */
function inSight(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
  });
}
