import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { AppError } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { type Exchange, exchangeOf } from '../http/exchange.ts';
import { collect, tooLargeBody } from './body.ts';

const decoders = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

/** Bytes of bodies that are read or worked on at the same time; parsed they take several times their size. */
const maxBytesInFlight = 256 * 1024 * 1024;
let bytesInFlight = 0;

/** Keeps room for a body until its request is over. @throws AppError overloaded. */
function reserve(exchange: Exchange, bytes: number): void {
  if (bytesInFlight + bytes > maxBytesInFlight) {
    throw new AppError(
      'overloaded',
      'this gateway has more large bodies in work than it can take; try again shortly',
      {
        retryAfterS: 1,
      },
    );
  }
  bytesInFlight += bytes;
  exchange.onEnd(() => {
    bytesInFlight -= bytes;
  });
}

/**
 * Reads the body as it is, whatever its type says, and unpacks it where it is compressed: never to more bytes than the
 * route takes. `exchange.body` is a Buffer, empty where there is no body.
 */
export function readRawBody({ maxBytes }: { readonly maxBytes: number }): RequestHandler {
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const encoding = request.headers['content-encoding'] ?? 'identity';
    const read = async () => {
      const length = request.headers['content-length'];
      // What a compressed or chunked body will be is not known before it is.
      const isKnown = length !== undefined && encoding === 'identity';
      reserve(exchange, isKnown ? Math.min(Number(length), maxBytes) : maxBytes);
      const bytes = await collect(request, maxBytes).catch((error: unknown) => {
        // What is left of the body is not read, so this connection cannot be used again.
        if (!response.headersSent) response.setHeader('connection', 'close');
        throw error;
      });
      exchange.fields['bytesIn'] = bytes.length;
      exchange.body = await unpack(bytes, encoding, maxBytes);
    };
    read().then(() => next(), next);
  };
}

async function unpack(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === 'identity') return bytes;
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    const accepted = Object.keys(decoders);
    throw new AppError(
      'unsupported_media_type',
      `content encoding ${JSON.stringify(encoding)} is not read here; send ${accepted.join(' or ')}, or the body as it is`,
      { extra: { accepted } },
    );
  }
  try {
    return await decoders[encoding](bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLargeBody(maxBytes);
    }
    throw new AppError('invalid_input', `the body is not what its content encoding says, ${encoding}`, {
      cause: error,
    });
  }
}
