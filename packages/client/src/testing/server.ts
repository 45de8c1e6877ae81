import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
}

type Answer = (response: ServerResponse, request: Received, count: number) => void | Promise<void>;

/** A real HTTP server on a free port that answers as told; `count` is from 1. */
export async function testServer(answer: Answer): Promise<TestServer> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    text(request)
      .then((body) => {
        const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
        received.push(one);
        return answer(response, one, received.length);
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A problem document as the gateway writes it. */
export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  more = {},
  headers = {},
): void {
  const problem = {
    type: `/problems#${code}`,
    title: code,
    status,
    detail: `it was ${code}`,
    instance: '/x',
    code,
    requestId: 'request-1',
    ...more,
  };
  sendJson(response, status, problem, { 'content-type': 'application/problem+json', ...headers });
}
