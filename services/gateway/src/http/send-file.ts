import type { ResultFile } from '@sillage/jobs';
import { AppError } from '@sillage/kit';
import type { Request, Response } from 'express';
import { writeChunk } from './answer.ts';
import { listsTag } from './entity-tag.ts';

/** A span of bytes, `end` not included. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Answers with a file: whole, the one range asked for (206), or 304 where the reader has it. While the file is still
 * being made it is sent as it comes, without a length. Returns the bytes sent.
 */
export async function sendFile(
  request: Request,
  response: Response,
  file: ResultFile,
  signal: AbortSignal,
): Promise<number> {
  response.setHeader('etag', file.etag);
  response.setHeader('accept-ranges', 'bytes');
  // Another reader's results are nobody else's; the same reader asks whether they are still these. A range is one of
  // the bytes as they are, so nobody on the way compresses them.
  response.setHeader('cache-control', 'private, no-cache, no-transform');
  if (listsTag(request.headers['if-none-match'], file.etag)) {
    response.statusCode = 304;
    response.end();
    return 0;
  }
  const span = await rangeOf(request, response, file);
  if (span) {
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${span.start}-${span.end - 1}/${await file.size()}`);
  }
  const length = span ? span.end - span.start : file.bytes;
  if (length !== undefined) response.setHeader('content-length', length);
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  let sent = 0;
  for await (const bytes of file.read(span?.start ?? 0, span?.end ?? Number.POSITIVE_INFINITY)) {
    await writeChunk(response, bytes, signal);
    sent += bytes.length;
  }
  response.end();
  return sent;
}

/** The range to be sent; undefined for the whole file. Several ranges at once are answered with the whole. */
async function rangeOf(request: Request, response: Response, file: ResultFile): Promise<Span | undefined> {
  const { range, 'if-range': condition } = request.headers;
  if (range === undefined || (condition !== undefined && condition !== file.etag)) return undefined;
  const size = await file.size();
  const ranges = request.range(size);
  if (ranges === undefined || ranges === -2) return undefined;
  if (ranges === -1) {
    response.setHeader('content-range', `bytes */${size}`);
    throw new AppError('range_not_satisfiable', `the file has ${size} bytes and ends before this range`);
  }
  const [first] = ranges;
  if (ranges.type !== 'bytes' || ranges.length !== 1 || !first) return undefined;
  return { start: first.start, end: first.end + 1 };
}
