import { randomUUID } from 'node:crypto';
import type { Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type Metrics, toProblem } from '@sillage/kit';
import { problemsPage } from '../http/language.ts';

const maxHeaderBytes = 16 * 1024;

/** What a connection may cost before a route is known; a body has its route's limit of bytes and a least rate. */
export const httpLimits = {
  maxHeaderSize: maxHeaderBytes,
  /** A connection that says nothing, or its headers letter by letter, is closed. */
  headersTimeout: 30_000,
  /** Longer than the longest upload may take, which its route ends. */
  requestTimeout: 660_000,
  connectionsCheckingInterval: 5000,
  // Longer than load balancers keep an idle connection, so that they never send into one we just closed.
  keepAliveTimeout: 75_000,
  requireHostHeader: true,
  // Two readings of where a request ends are how one is smuggled past a proxy.
  insecureHTTPParser: false,
} as const satisfies ServerOptions;

/** Answers what never became a request, for its form or its slowness, with a problem like any other, and hangs up. */
export function answerBrokenRequests(server: Server, { metrics }: { readonly metrics: Metrics }): void {
  const errors = metrics.counter('olfactory_errors_total');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegunToAnswer(socket)) {
      socket.destroy();
      return;
    }
    const failure = brokenRequest(error);
    errors.inc({ error_type: failure.code });
    const requestId = randomUUID();
    const problem = toProblem(failure, { instance: '', requestId, typeBase: problemsPage });
    const text = JSON.stringify(problem);
    const lines = [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(text)}`,
      'cache-control: no-store',
      `x-request-id: ${requestId}`,
      'connection: close',
    ];
    // The peer may go on sending; its bytes are not read.
    socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
  });
}

/** An answer half-way out must not get another one into its middle. Node itself looks at the same field. */
function hasBegunToAnswer(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}

function brokenRequest(error: NodeJS.ErrnoException): AppError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('headers_too_large', `the headers are larger than ${maxHeaderBytes} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('too_slow', 'the request did not come in the time it may take');
    default:
      return new AppError(
        'invalid_input',
        'this is not HTTP/1.1 as RFC 9112 has it: a header or the length of the body is malformed, missing or told in two ways',
      );
  }
}
