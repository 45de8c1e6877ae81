import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { loadTable, runLoad } from './open-loop.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** A gateway of one sentence each; `break` says how often an answer is no success. */
async function startGateway(isBroken: (path: string, count: number) => boolean): Promise<string> {
  const counts = new Map<string, number>();
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      const count = (counts.get(path) ?? 0) + 1;
      counts.set(path, count);
      if (isBroken(path, count)) return json(response, 503, { code: 'unavailable' });
      const body = text === '' ? {} : JSON.parse(text);
      if (path.endsWith('/predict'))
        return json(response, 200, { predictions: [{ input: body.smiles, notes: [1, 2, 3] }] });
      if (path.endsWith('/generate')) return json(response, 200, { molecules: [{}] });
      if (path.endsWith('/jobs')) return json(response, 202, { id: 'j' });
      // The first stream ends before the job has, as on a pod that drains.
      const last = Number(request.headers['last-event-id']);
      const status = last === 0 ? 'running' : 'succeeded';
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        `id: ${last + 1}\ndata: ${JSON.stringify({ status, progress: { done: last === 0 ? 3 : 20, failed: 0 } })}\n\n`,
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

test('every kind is sent at its rate, answered and counted; a stream that ends early goes on', async () => {
  const url = await startGateway(() => false);
  const report = await runLoad({
    url,
    key: 'k',
    seconds: 1,
    rates: { predict: 100, generate: 5, events: 2 },
  });
  expect(report).toMatchObject({ requests: 107, failed: 0, reconnects: 2, failures: [] });
  expect(report.kinds.predict.sent).toBe(100);
  expect(report.kinds.predict.p50).toBeGreaterThan(0);
});

test('what fails is counted by its cause and not tried again', async () => {
  const url = await startGateway((path, count) => path.endsWith('/predict') && count % 10 === 0);
  const report = await runLoad({
    url,
    key: 'k',
    seconds: 0.5,
    rates: { predict: 100, generate: 0, events: 0 },
  });
  expect(report).toMatchObject({ requests: 50, failed: 5 });
  expect(report.failures).toEqual([
    expect.objectContaining({ what: 'predict: HTTP 503 unavailable', count: 5 }),
  ]);
  expect(loadTable(report)).toContain('50 requests');
});

test('nobody there: every request fails, none is lost from the count; a signal ends it early', async () => {
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 200);
  const report = await runLoad({
    url: 'http://127.0.0.1:1',
    key: 'k',
    seconds: 60,
    rates: { predict: 50, generate: 0, events: 0 },
    signal: ending.signal,
  });
  expect(report.requests).toBeGreaterThan(5);
  expect(report.failed).toBe(report.requests);
  expect(report.failures[0]?.what).toBe('predict: ECONNREFUSED');
});
