import { useCallback, useEffect, useReducer, useRef } from 'react';
import { askEvents } from '../../api/client.ts';
import { idle, nextRun } from './run.ts';

/** A generation that can be begun and stopped; one at a time. */
export function useRun() {
  const [run, dispatch] = useReducer(nextRun, idle);
  const current = useRef<AbortController>(undefined);
  const stop = useCallback(() => {
    current.current?.abort();
    dispatch({ kind: 'stop' });
  }, []);
  const begin = useCallback(async (body: Readonly<Record<string, unknown>>, wanted: number) => {
    current.current?.abort();
    const own = new AbortController();
    current.current = own;
    dispatch({ kind: 'begin', wanted });
    try {
      const events = askEvents('/api/v1/generate', { method: 'POST', body, signal: own.signal });
      for await (const event of events) {
        if (!own.signal.aborted) dispatch({ kind: 'event', event });
      }
      if (!own.signal.aborted) dispatch({ kind: 'end' });
    } catch (error) {
      if (!own.signal.aborted) dispatch({ kind: 'fail', error });
    }
  }, []);
  // Who leaves the page needs no more of it.
  useEffect(() => () => current.current?.abort(), []);
  return { run, begin, stop };
}
