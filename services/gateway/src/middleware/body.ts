import { AppError } from '@sillage/kit';
import type { Request, RequestHandler } from 'express';
import { type Exchange, exchangeOf } from '../http/exchange.ts';
import { parseJson } from '../http/json.ts';

export interface BodyOptions {
  readonly maxBytes: number;
  /** Types beside application/json; the route reads their text itself. */
  readonly alsoText?: readonly string[];
  /** Types whose body the route reads itself, as it comes in; `exchange.body` is then a StreamBody. */
  readonly streams?: readonly string[];
}

/** A body that is still to be read. */
export class StreamBody {
  readonly type: string;
  constructor(type: string) {
    this.type = type;
  }
}

/** A body whose type the route reads itself. */
export class TextBody {
  readonly type: string;
  readonly text: string;
  constructor(type: string, text: string) {
    this.type = type;
    this.text = text;
  }
}

/**
 * Reads the body of a route that has one: the right type, within the limit, UTF-8, and JSON where it says so.
 * `exchange.body` is the value; `exchange.fields.bytesIn` its size.
 */
export function readBody(options: BodyOptions): RequestHandler {
  const accepted = ['application/json', ...(options.alsoText ?? []), ...(options.streams ?? [])];
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const type = contentType(request);
    if (!accepted.includes(type)) {
      throw new AppError(
        'unsupported_media_type',
        `content type ${type ? JSON.stringify(type) : '(none)'} is not read here; send ${accepted.join(' or ')}`,
        { extra: { accepted } },
      );
    }
    if (options.streams?.includes(type)) {
      exchange.body = new StreamBody(type);
      next();
      return;
    }
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw new AppError('unsupported_media_type', 'the body is compressed; send it as it is');
    }
    collect(request, options.maxBytes).then(
      (bytes) => {
        try {
          exchange.fields['bytesIn'] = bytes.length;
          accept(exchange, type, bytes);
        } catch (error) {
          next(error);
          return;
        }
        next();
      },
      (error: unknown) => {
        // What is left of the body is not read, so this connection cannot be used again.
        if (!response.headersSent) response.setHeader('connection', 'close');
        next(error);
      },
    );
  };
}

/** A JSON body up to this size has mostly arrived with the head of its request. */
const earlyBytes = 64 * 1024;

/**
 * Begins to read a small JSON body while something else is waited for: one that waits in the request's own buffer is
 * dearer to read later. `collect` finds it.
 */
export function readEarly(request: Request): void {
  const length = Number(request.headers['content-length'] ?? 0);
  if (!(length > 0 && length <= earlyBytes) || contentType(request) !== 'application/json') return;
  const early = collect(request, earlyBytes);
  // Whoever needs the body hears of it; a request that is refused does not.
  early.catch(() => {});
  exchangeOf(request).early = early;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function accept(exchange: Exchange, type: string, bytes: Buffer): void {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw new AppError('invalid_input', 'the body is not UTF-8', { cause: error });
  }
  exchange.body = type === 'application/json' ? parseJson(text) : new TextBody(type, text);
}

/** The media type in lower case, without parameters; empty when there is none. */
function contentType(request: Request): string {
  const header = request.headers['content-type'] ?? '';
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

export function tooLargeBody(maxBytes: number): AppError {
  return new AppError('too_large', `the body is larger than the ${maxBytes} bytes this route reads`, {
    extra: { max_bytes: maxBytes },
  });
}

/** The bytes of a body. Rejects with too_large, having read no more than `maxBytes`. */
export function collect(request: Request, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => tooLargeBody(maxBytes);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge());
  const { early } = exchangeOf(request);
  if (early !== undefined) return early;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.off('data', onData);
        request.pause();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => {
      const [first] = chunks;
      resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks));
    });
    request.once('error', () => reject(new AppError('cancelled', 'the caller has gone')));
    request.once('aborted', () => reject(new AppError('cancelled', 'the caller has gone')));
  });
}
