import type { SessionJson } from '@sillage/contracts';
import { type ServerEvent, serverEvents } from './events.ts';
import { ApiError, type Problem } from './problem.ts';

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a File, a Blob or a FormData goes as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

let csrfToken: string | undefined;
let language = 'en';
let rateLimit: string | null = null;
const onSignedOut = new Set<(error: ApiError) => void>();

/** In which language the API names notes and problems. */
export function setApiLanguage(next: string): void {
  language = next;
}

/** What changes something is sent with this. */
export function rememberSession(session: SessionJson | undefined): void {
  csrfToken = session?.csrf_token;
}

/** RateLimit of the newest answer that had it: how much of the credential's limit is left, and for how long. */
export function newestRateLimit(): string | null {
  return rateLimit;
}

/** Calls `listener` when a request is refused because nobody is signed in. Returns what stops it. */
export function watchSignedOut(listener: (error: ApiError) => void): () => void {
  onSignedOut.add(listener);
  return () => onSignedOut.delete(listener);
}

/** The answer of the API as it comes. Throws ApiError for a problem, TypeError where it cannot be reached. */
export async function ask(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal } = options;
  const isRaw = body instanceof Blob || body instanceof FormData || typeof body === 'string';
  const response = await fetch(path, {
    method,
    headers: {
      ...ownHeaders(method),
      ...(body === undefined || isRaw ? {} : { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  rateLimit = response.headers.get('ratelimit') ?? rateLimit;
  return accepted(response);
}

/** What every request is sent with. */
export function ownHeaders(method: string): Record<string, string> {
  const isChange = method !== 'GET' && csrfToken !== undefined;
  return { 'Accept-Language': language, ...(isChange ? { 'X-CSRF-Token': csrfToken ?? '' } : {}) };
}

/** The answer itself. Throws ApiError where it is a problem, and tells who waits for a session that has ended. */
export async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  const error = new ApiError(await problemIn(response));
  if (response.status === 401) for (const tell of onSignedOut) tell(error);
  throw error;
}

/** The JSON that the API answers; undefined where it answers nothing (204). */
export async function askJson<T>(path: string, options?: RequestOptions): Promise<T> {
  const response = await ask(path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** The events that the API answers, as they come. */
export async function* askEvents(path: string, options: RequestOptions = {}): AsyncGenerator<ServerEvent> {
  const headers = { ...options.headers, Accept: 'text/event-stream' };
  const response = await ask(path, { ...options, headers });
  if (response.body) yield* serverEvents(response.body);
}

async function problemIn(response: Response): Promise<Problem> {
  let text = await response.text();
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null) {
      if ('detail' in problem) return problem as Problem;
      // As the Open Inference Protocol says it.
      if ('error' in problem) text = String(problem.error);
    }
  } catch {
    // Something on the way answered, and not the API.
  }
  return {
    type: 'about:blank',
    title: response.statusText || String(response.status),
    status: response.status,
    detail: text.slice(0, 300) || `HTTP ${response.status}`,
    code: 'unknown',
    requestId: response.headers.get('x-request-id') ?? '–',
  };
}
