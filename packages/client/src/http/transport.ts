import { apiErrorOf, ConnectionError, SillageError, TimeoutError, UnexpectedAnswerError } from '../errors.ts';
import type { CallOptions, SillageOptions, TextSource } from '../options.ts';
import { deprecationOf, describeDeprecation } from './deprecation.ts';
import { retryWaitMs } from './retry.ts';
import { type AnswerOf, type CallParts, fillPath, type Method, type Path, queryString } from './typed.ts';
import { wait } from './wait.ts';

const defaultTimeoutMs = 60_000;
const defaultMaxRetries = 3;
const defaultMaxRetryAfterMs = 60_000;

/** A request as it goes out. */
export interface RawRequest {
  readonly method: Method;
  /** The route's pattern, for what is told of it. */
  readonly pattern: string;
  /** Path and query. */
  readonly path: string;
  readonly body?: BodyInit | (() => BodyInit) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether it may be sent twice; absent: as its method says (GET, PUT, DELETE). */
  readonly isRepeatable?: boolean | undefined;
  readonly options?: CallOptions | undefined;
}

export type CallSettings = Pick<RawRequest, 'headers' | 'isRepeatable' | 'options'>;

/** Sends requests: credentials, timeouts, retries, errors. */
export class Transport {
  readonly baseUrl: string;
  readonly #options: SillageOptions;
  readonly #fetch: typeof fetch;
  readonly #told = new Set<string>();

  constructor(options: SillageOptions) {
    const given = [options.apiKey, options.token, options.csrfToken].filter((one) => one !== undefined);
    if (given.length > 1) throw new TypeError('give one of apiKey, token and csrfToken');
    this.baseUrl = baseUrlOf(options.baseUrl);
    this.#options = options;
    const usedFetch = options.fetch ?? globalThis.fetch;
    this.#fetch = (input, init) => usedFetch(input, init);
  }

  get WebSocket(): typeof WebSocket | undefined {
    return this.#options.WebSocket ?? globalThis.WebSocket;
  }

  /** A route by its pattern, JSON in and out. */
  async call<P extends Path, M extends Method>(
    method: M,
    pattern: P,
    parts: CallParts<P, M>,
    settings: CallSettings = {},
  ): Promise<AnswerOf<P, M>> {
    const request: RawRequest = {
      method,
      pattern,
      path: `${fillPath(pattern, parts.path)}${queryString(parts.query)}`,
      ...settings,
      ...(parts.body === undefined
        ? {}
        : {
            body: JSON.stringify(parts.body),
            headers: { 'content-type': 'application/json', ...settings.headers },
          }),
    };
    // What the schema of this route says; the gateway answers from the same one.
    return (await this.send(request, readJson)) as AnswerOf<P, M>;
  }

  /** The answer as it comes; its body ends with the call's signal. */
  stream(request: RawRequest): Promise<Response> {
    return this.send(request, async (response) => response);
  }

  /** Sends until it went well or must not be tried again; `read` takes the answer within the attempt's time. */
  async send<T>(request: RawRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const { options = {} } = request;
    const isRepeatable = request.isRepeatable ?? ['get', 'put', 'delete'].includes(request.method);
    const policy = {
      maxRetries: isRepeatable ? (options.maxRetries ?? this.#options.maxRetries ?? defaultMaxRetries) : 0,
      maxRetryAfterMs: this.#options.maxRetryAfterMs ?? defaultMaxRetryAfterMs,
    };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(request, read);
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        const waitMs = retryWaitMs(error, attempt, policy, Math.random());
        if (waitMs === undefined) throw error;
        await wait(waitMs, options.signal);
      }
    }
  }

  async #attempt<T>(request: RawRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, timeoutMs = this.#options.timeoutMs ?? defaultTimeoutMs } = request.options ?? {};
    signal?.throwIfAborted();
    const headers = await this.#headers(request);
    const overtime = new AbortController();
    const timer = setTimeout(() => overtime.abort(), timeoutMs);
    const body = typeof request.body === 'function' ? request.body() : request.body;
    try {
      const response = await this.#fetch(`${this.baseUrl}${request.path}`, {
        method: request.method.toUpperCase(),
        headers,
        signal: signal ? AbortSignal.any([signal, overtime.signal]) : overtime.signal,
        ...(this.#options.csrfToken === undefined ? {} : { credentials: 'include' as const }),
        ...(body === undefined ? {} : { body }),
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      });
      this.#noticeDeprecation(request, response.headers);
      if (response.ok) return await read(response);
      throw apiErrorOf(
        { status: response.status, headers: response.headers, path: request.path },
        await response.text(),
      );
    } catch (error) {
      if (error instanceof SillageError) throw error;
      if (signal?.aborted) throw signal.reason;
      const what = `${request.method.toUpperCase()} ${this.baseUrl}${request.pattern}`;
      if (overtime.signal.aborted) throw new TimeoutError(`${what} was not answered within ${timeoutMs} ms`);
      throw new ConnectionError(`${what}: ${causeOf(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #headers(request: RawRequest): Promise<Headers> {
    const { apiKey, token, csrfToken, language, headers: own } = this.#options;
    const headers = new Headers({ accept: 'application/json', ...own });
    if (language !== undefined) headers.set('accept-language', language);
    if (apiKey !== undefined) headers.set('x-api-key', apiKey);
    if (token !== undefined) headers.set('authorization', `Bearer ${await textOf(token)}`);
    if (csrfToken !== undefined && request.method !== 'get') {
      headers.set('x-csrf-token', await textOf(csrfToken));
    }
    for (const [name, value] of Object.entries({ ...request.headers, ...request.options?.headers })) {
      headers.set(name, value);
    }
    return headers;
  }

  #noticeDeprecation({ method, pattern }: RawRequest, headers: Headers): void {
    const notice = deprecationOf(method.toUpperCase(), pattern, headers);
    if (!notice || this.#told.has(`${method} ${pattern}`)) return;
    this.#told.add(`${method} ${pattern}`);
    if (this.#options.onDeprecation) this.#options.onDeprecation(notice);
    // biome-ignore lint/suspicious/noConsole: a warning to the author of the program, which may be a page
    else console.warn(describeDeprecation(notice));
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const type = response.headers.get('content-type') ?? 'no content type';
    throw new UnexpectedAnswerError(
      `${response.url} answered ${type}, not JSON; is baseUrl the address of a Sillage gateway?`,
      { cause },
    );
  }
}

function textOf(source: TextSource): string | Promise<string> {
  return typeof source === 'string' ? source : source();
}

function baseUrlOf(given: string | undefined): string {
  const text = given ?? globalThis.location?.origin;
  if (!text)
    throw new TypeError('baseUrl is needed: the address of the gateway, such as https://api.example.com');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError(`baseUrl must begin with https:// or http://, not "${text}"`);
  }
  return text.replace(/\/+$/, '');
}

/** What `fetch failed` hides in its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return inner instanceof Error && inner.message !== '' ? inner.message : error.message;
}
