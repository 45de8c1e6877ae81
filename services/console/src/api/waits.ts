import type { QueryClient } from '@tanstack/react-query';

/** Waits; a browser that is online again cuts it short. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

/** Resolves when somebody has signed in again, or the page is left. */
export function signedIn(queries: QueryClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = queries.getQueryCache().subscribe(({ query, type }) => {
      if (type === 'updated' && query.queryKey[0] === 'session') end();
    });
    const end = () => {
      stop();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
