import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { types } from 'node:util';
import { z } from 'zod';
import { AppError, toAppError } from './errors.ts';

/** Where events go, of a DSN: `https://PUBLIC_KEY@host/PROJECT`. */
interface Destination {
  readonly url: string;
  readonly key: string;
}

const right = 'a DSN such as https://KEY@errors.example.com/1';

/** SENTRY_DSN, read; the text itself is kept nowhere. */
export const dsnVariable = z.string().transform((text, context): Dsn => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [, folder = '', project] = /^(\/.*)?\/(\w+)$/.exec(url?.pathname ?? '') ?? [];
  if (!url || !/^https?:$/.test(url.protocol) || url.username === '' || !project) {
    context.addIssue({ code: 'custom', message: `must be ${right}` });
    return z.NEVER;
  }
  return new Dsn({ url: `${url.origin}${folder}/api/${project}/envelope/`, key: url.username });
});

/** Shows where errors go, never the key. */
export class Dsn {
  readonly #destination: Destination;
  constructor(destination: Destination) {
    this.#destination = destination;
  }
  reveal(): Destination {
    return this.#destination;
  }
  toJSON(): string {
    return this.#destination.url;
  }
}

export interface ErrorReporterOptions {
  readonly dsn: Dsn;
  readonly service: string;
  readonly release: string;
  readonly environment: string;
  /** Told when an event could not be sent. */
  readonly onFailure: (reason: string) => void;
  /** Events in any minute; what is more is counted in the next one's tags. */
  readonly perMinute?: number;
}

interface Frame {
  readonly function: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly in_app: boolean;
}

const sendTimeoutMs = 5000;
const defaultPerMinute = 30;
const maxFrames = 50;
const identifier = /^[\w.:-]{1,64}$/;

/**
 * Sends unexpected errors to a server that speaks Sentry's envelopes (develop.sentry.dev/sdk/data-model/envelopes). An
 * event has what is needed to find the place and the request: kind of error, stack, route pattern, request and trace id,
 * release. Never the error's text, which may quote what a caller sent, and nothing of the request itself.
 */
export class ErrorReporter {
  readonly #options: ErrorReporterOptions;
  readonly #sending = new Set<Promise<void>>();
  #minute = { startedMs: 0, events: 0 };
  #suppressed = 0;
  #quietUntilMs = 0;

  constructor(options: ErrorReporterOptions) {
    this.#options = options;
  }

  /** Looks at what is logged as an error; all but faults nobody foresaw is passed over. */
  observe(fields: Readonly<Record<string, unknown>>): void {
    const { err, errorCode } = fields;
    const isUnexpected =
      errorCode === undefined
        ? err !== undefined && toAppError(err).code === 'internal'
        : errorCode === 'internal';
    if (!isUnexpected || !this.#hasRoom()) return;
    const sent = this.#send(this.#event(fields))
      .catch((error: unknown) => this.#options.onFailure(error instanceof Error ? error.name : 'unknown'))
      .finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
  }

  /** Resolves when what was observed is sent, or could not be. */
  async flush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  #hasRoom(): boolean {
    const nowMs = Date.now();
    if (nowMs - this.#minute.startedMs >= 60_000) this.#minute = { startedMs: nowMs, events: 0 };
    const isFull = this.#minute.events >= (this.#options.perMinute ?? defaultPerMinute);
    if (isFull || nowMs < this.#quietUntilMs) {
      this.#suppressed += 1;
      return false;
    }
    this.#minute.events += 1;
    return true;
  }

  #event(fields: Readonly<Record<string, unknown>>): object {
    const { service, release, environment } = this.#options;
    const thrown = causeOf(fields['err']);
    const frames = types.isNativeError(thrown) ? framesOf(thrown.stack ?? '') : [];
    const text = (name: string) => {
      const value = fields[name];
      return typeof value === 'string' ? value : undefined;
    };
    const id = (name: string) => (identifier.test(text(name) ?? '') ? text(name) : undefined);
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    const type = types.isNativeError(thrown) ? thrown.name : 'Error';
    return {
      event_id: randomBytes(16).toString('hex'),
      timestamp: Date.now() / 1000,
      platform: 'node',
      level: 'error',
      logger: service,
      release: `sillage@${release}`,
      environment,
      transaction: text('endpoint') ?? service,
      tags: {
        service,
        code: 'internal',
        ...(id('requestId') ? { request_id: id('requestId') } : {}),
        ...(suppressed > 0 ? { suppressed: String(suppressed) } : {}),
      },
      ...(id('traceId')
        ? { contexts: { trace: { trace_id: id('traceId'), span_id: id('spanId') ?? '0'.repeat(16) } } }
        : {}),
      exception: { values: [{ type, value: 'internal error', stacktrace: { frames } }] },
    };
  }

  async #send(event: object): Promise<void> {
    const { url, key } = this.#options.dsn.reveal();
    const lines = [{ sent_at: new Date().toISOString() }, { type: 'event' }, event];
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-sentry-envelope',
        'x-sentry-auth': `Sentry sentry_version=7, sentry_client=sillage/1, sentry_key=${key}`,
      },
      body: `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
      signal: AbortSignal.timeout(sendTimeoutMs),
    });
    await response.body?.cancel();
    if (response.status === 429) {
      this.#quietUntilMs = Date.now() + (Number(response.headers.get('retry-after')) || 60) * 1000;
    }
    if (!response.ok) this.#options.onFailure(`status ${response.status}`);
  }
}

/** What was thrown, below the error of ours that stands for it. */
function causeOf(error: unknown): unknown {
  return error instanceof AppError && error.cause !== undefined ? causeOf(error.cause) : error;
}

/** Of a stack, oldest call first; files by their place in the repository or their package, not on the machine. */
function framesOf(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n').slice(0, maxFrames)) {
    const match = /^\s+at (?:(?:async )?(.*?) \()?(?:file:\/\/)?([^\s()]+):(\d+):(\d+)\)?$/.exec(line);
    if (!match) continue;
    const [, name = '<anonymous>', file = '', row, column] = match;
    const place = /(?:^|\/)((?:services|packages|scripts)\/.*)$/.exec(file)?.[1];
    const dependency = /.*node_modules\/(.*)$/.exec(file)?.[1];
    frames.push({
      function: name,
      filename: dependency ?? place ?? (file.startsWith('node:') ? file : basename(file)),
      lineno: Number(row),
      colno: Number(column),
      in_app: place !== undefined && dependency === undefined,
    });
  }
  return frames.reverse();
}
