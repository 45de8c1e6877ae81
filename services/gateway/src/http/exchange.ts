import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { ConsentPurpose, TierName } from '@sillage/contracts';
import { AppError, type RequestContext, type Span } from '@sillage/kit';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Session } from '../clients/sessions.ts';

/** Who is asking. */
export interface Caller {
  readonly tenantId: string;
  /** Of the API key, or of the OAuth client whose token it is; absent for the anonymous tenant. */
  readonly keyId?: string;
  readonly credential: 'key' | 'client' | 'none';
  readonly tier: TierName;
  /** What the credential is good for. */
  readonly scopes: ReadonlySet<string>;
  /** When the credential ends, milliseconds since 1970; absent: it does not. */
  readonly endsAtMs?: number;
  /** What its tenant agrees to; absent: nothing. */
  readonly consents?: ReadonlySet<string>;
  /** Networks it may be used from; absent: anywhere. */
  readonly addresses?: BlockList;
  /** Requests an hour; absent means no limit. */
  readonly hourlyLimit?: number;
}

/** What is known of one request while it is served; `fields` end in its log line. */
export class Exchange implements RequestContext {
  readonly requestId: string;
  readonly startedMs = performance.now();
  readonly fields: Record<string, string | number | boolean | undefined> = {};
  /** Route pattern; low cardinality by construction. */
  endpoint = 'unmatched';
  deadlineMs: number;
  span: Span | undefined;
  caller: Caller | undefined;
  /** The browser's session, where the credential came from one. */
  session: Session | undefined;
  failure: AppError | undefined;
  /** A small body that is being read before it is asked for. */
  early: Promise<Buffer> | undefined;
  /** Molecules charged to the caller's month before the work, and how many of them were answered. */
  charged = 0;
  answered = 0;
  /** The parsed JSON body, or the raw bytes of a type that the route reads itself. */
  body: unknown;
  #controller: AbortController | undefined;
  #reason: AppError | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners: (() => void)[] = [];
  #isEnded = false;

  constructor(requestId: string, timeoutMs: number) {
    this.requestId = requestId;
    this.deadlineMs = Date.now() + timeoutMs;
  }

  /** Made when first asked for: a request answered from the cache needs neither signal nor timer. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    else this.#arm();
    return this.#controller.signal;
  }

  /** Sets how long this route may take, counted from now. */
  allow(timeoutMs: number): void {
    this.deadlineMs = Date.now() + timeoutMs;
    if (this.#controller) this.#arm();
  }

  abort(reason: AppError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }

  /** What is to be done once the answer is out or its reader gone, in the order it was asked for; now where it is. */
  onEnd(listener: () => void): void {
    if (this.#isEnded) listener();
    else this.#listeners.push(listener);
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const waitMs = Math.min(Math.max(0, this.deadlineMs - Date.now()), 2 ** 31 - 1);
    this.#timer = setTimeout(
      () => this.abort(new AppError('deadline', 'the deadline of this request has passed')),
      waitMs,
    );
    this.#timer.unref();
  }
}

/** Where a request carries its exchange; a property, since a WeakMap entry for each request is dear to the collector. */
const carried = Symbol('exchange');
interface Carrier {
  [carried]?: Exchange;
}

export function beginExchange(request: IncomingMessage, exchange: Exchange): void {
  (request as Carrier)[carried] = exchange;
}

/** The exchange of a request. Throws when the request-id middleware did not run. */
export function exchangeOf(request: Request): Exchange {
  const exchange = (request as Carrier)[carried];
  if (!exchange) throw new Error('this request has no exchange');
  return exchange;
}

/** The caller of a request behind the authentication middleware. */
export function callerOf(exchange: Exchange): Caller {
  if (!exchange.caller) throw new Error('this route has no authentication');
  return exchange.caller;
}

/** Whether the caller's tenant agrees to this; who has none does not. */
export function agrees(exchange: Exchange, purpose: ConsentPurpose): boolean {
  return callerOf(exchange).consents?.has(purpose) ?? false;
}

/** The caller where the route is about the tenant it belongs to. Throws forbidden for who sends no credential. */
export function holderOf(
  exchange: Exchange,
): Caller & { readonly keyId: string; readonly credential: 'key' | 'client' } {
  const caller = callerOf(exchange);
  const { keyId, credential } = caller;
  if (keyId === undefined || credential === 'none') {
    throw new AppError('forbidden', 'an account belongs to a tenant; send one of its credentials');
  }
  return { ...caller, keyId, credential };
}

/** An endpoint as express takes it; what it rejects with reaches the error handler. */
export function endpoint(
  serve: (exchange: Exchange, request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    serve(exchangeOf(request), request, response).catch(next);
  };
}
