import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from './config.ts';
import { dsnVariable, ErrorReporter } from './error-reporter.ts';
import { AppError, internalError } from './errors.ts';

interface Received {
  readonly url: string | undefined;
  readonly auth: string | undefined;
  readonly body: string;
}

const received: Received[] = [];
let status = 200;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    received.push({ url: request.url, auth: String(request.headers['x-sentry-auth']), body });
    response.writeHead(status, { 'retry-after': '60' }).end('{}');
  });
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => {
  received.length = 0;
  status = 200;
});
afterAll(() => {
  server.close();
});

const failures: string[] = [];
function reporter(perMinute?: number): ErrorReporter {
  const dsn = dsnVariable.parse(`http://public-key@127.0.0.1:${(server.address() as AddressInfo).port}/42`);
  return new ErrorReporter({
    ...{ dsn, service: 'gateway', release: '1.2.3', environment: 'test' },
    ...(perMinute === undefined ? {} : { perMinute }),
    onFailure: (reason) => failures.push(reason),
  });
}

test('an unexpected error is sent with its place and its request, and with nothing a caller sent', async () => {
  const report = reporter();
  const cause = new TypeError('cannot read CCO of sk_live_secret at 203.0.113.9');
  report.observe({
    err: internalError('row of CCO', cause),
    errorCode: 'internal',
    internal: 'row of CCO',
    detail: 'something went wrong on our side',
    endpoint: '/api/v1/predict',
    requestId: 'request-1',
    traceId: 'a'.repeat(32),
    tenantId: 'tenant-1',
    keyId: 'key-1',
    smiles: 'CCO',
  });
  await report.flush();
  expect(received).toHaveLength(1);
  const [{ url, auth, body } = { url: '', auth: '', body: '' }] = received;
  expect(url).toBe('/api/42/envelope/');
  expect(auth).toContain('sentry_key=public-key');
  const [header, item, event] = body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([header.sent_at, item]).toEqual([expect.any(String), { type: 'event' }]);
  expect(event).toMatchObject({
    release: 'sillage@1.2.3',
    environment: 'test',
    transaction: '/api/v1/predict',
    tags: { service: 'gateway', code: 'internal', request_id: 'request-1' },
    contexts: { trace: { trace_id: 'a'.repeat(32) } },
    exception: { values: [{ type: 'TypeError' }] },
  });
  const { frames } = event.exception.values[0].stacktrace;
  expect(frames.at(-1)).toMatchObject({ filename: 'packages/kit/src/error-reporter.test.ts', in_app: true });
  for (const secret of ['CCO', 'sk_live', '203.0.113.9', 'tenant-1', 'key-1', process.cwd()]) {
    expect(body).not.toContain(secret);
  }
});

test('what was foreseen is not sent: refusals, what is away, a model that failed', async () => {
  const report = reporter();
  for (const code of ['invalid_input', 'unavailable', 'model_failed', 'rate_limited'] as const) {
    report.observe({ err: new AppError(code, 'told to the caller'), errorCode: code });
    report.observe({ err: new AppError(code, 'told to the caller') });
  }
  report.observe({ reason: 'something to read' });
  await report.flush();
  expect(received).toEqual([]);
  report.observe({ err: new Error('nobody caught it') });
  await report.flush();
  expect(received).toHaveLength(1);
});

test('a flood is bounded', async () => {
  const report = reporter(2);
  for (let n = 0; n < 5; n += 1) report.observe({ err: new Error('again') });
  await report.flush();
  expect(received).toHaveLength(2);
});

test('a server that refuses is left alone for as long as it says; one that is away costs nothing', async () => {
  const report = reporter();
  status = 429;
  report.observe({ err: new Error('first') });
  await report.flush();
  report.observe({ err: new Error('second') });
  await report.flush();
  expect([received.length, failures.at(-1)]).toEqual([1, 'status 429']);
  const away = new ErrorReporter({
    ...{ dsn: dsnVariable.parse('http://key@127.0.0.1:1/1'), service: 'a', release: 'b', environment: 'c' },
    onFailure: (reason) => failures.push(reason),
  });
  away.observe({ err: new Error('nobody hears it') });
  await away.flush();
  expect(failures.at(-1)).toBe('TypeError');
});

test.each(['nonsense', 'https://errors.example.com/1', 'ftp://key@host/1', 'https://key@host'])(
  '%s is no DSN, and is not repeated in the error',
  (text) => {
    const read = () => loadConfig(z.object({ SENTRY_DSN: dsnVariable }), { SENTRY_DSN: text });
    expect(read).toThrow('SENTRY_DSN: must be a DSN such as');
    expect(read).not.toThrow(text);
  },
);

test('a configuration shows where errors go, and not the key', () => {
  expect(JSON.stringify(dsnVariable.parse('https://key@errors.example.com/team/7'))).toBe(
    '"https://errors.example.com/team/api/7/envelope/"',
  );
});
