import { AsyncLocalStorage } from 'node:async_hooks';

/** What travels with a request through every call it causes. */
export interface RequestContext {
  readonly requestId: string;
  /** When the caller stops waiting, in milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Aborts when the caller leaves or the deadline passes. */
  readonly signal: AbortSignal;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The context of the request being served, if one is. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work` so that every call inside carries this context's deadline and signal. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}
