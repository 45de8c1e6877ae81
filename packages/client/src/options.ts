import type { DeprecationNotice } from './http/deprecation.ts';

/** A text, or what gives one when it is needed: for tokens that are renewed. */
export type TextSource = string | (() => string | Promise<string>);

/** How this client finds the API and who it is there; one of apiKey, token and csrfToken, or none. */
export interface SillageOptions {
  /** Address of the gateway, for instance https://api.example.com. Absent: the page's own origin, in a browser. */
  readonly baseUrl?: string | undefined;
  /** A key, `sk_…`. Not for pages: whoever reads the page would have it. */
  readonly apiKey?: string | undefined;
  /** A token of an OAuth client, or what gives one: see `clientCredentials`. */
  readonly token?: TextSource | undefined;
  /** For a page that signed in: its session's cookie is sent, and this with what changes something. */
  readonly csrfToken?: TextSource | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** In place of the global one, which Node has from version 22 on. */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** Milliseconds that one attempt may take (60,000; generations 310,000). Streams: until they begin. */
  readonly timeoutMs?: number | undefined;
  /** How often a request that may be repeated is tried again (3). */
  readonly maxRetries?: number | undefined;
  /** Longest Retry-After, in milliseconds, that is waited for (60,000). */
  readonly maxRetryAfterMs?: number | undefined;
  /** Language of problem titles and of the labels of odour notes: `de`, `fr`… */
  readonly language?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told once of each route in use that is on its way out. Absent: a line by console.warn. */
  readonly onDeprecation?: ((notice: DeprecationNotice) => void) | undefined;
}

/** What any call takes. */
export interface CallOptions {
  /** Ends the call, its retries and its stream; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What makes something and may be sent again: the same key finds what was made. */
export interface IdempotentOptions extends CallOptions {
  /** Absent: one is made, so that retries are safe. Yours makes a repeat of the whole program safe as well. */
  readonly idempotencyKey?: string | undefined;
}
