import { expect, test } from '@jest/globals';
import {
  AuthenticationError,
  ConnectionError,
  type CreateJobRequest,
  InvalidRequestError,
  RateLimitError,
  Sillage,
  type SillageOptions,
  TimeoutError,
  UnavailableError,
  UnexpectedAnswerError,
} from '../index.ts';
import { sendJson, sendProblem, testServer } from '../testing/server.ts';

const models = { models: [] };
const to = (url: string, options: SillageOptions = {}) =>
  new Sillage({ baseUrl: url, apiKey: 'sk_1', ...options });

test('a key, a token and a session say who is there, each its own way', async () => {
  await using server = await testServer((response) => sendJson(response, 200, models));
  await to(server.url, { language: 'de', headers: { 'x-own': '1' } }).models();
  expect(server.received[0]?.headers).toMatchObject({
    'x-api-key': 'sk_1',
    'accept-language': 'de',
    'x-own': '1',
    accept: 'application/json',
  });
  let count = 0;
  const token = async () => `t${++count}`;
  const byToken = new Sillage({ baseUrl: `${server.url}/`, token });
  await byToken.models();
  await byToken.models({ headers: { 'x-own': '2' } });
  expect(server.received[1]?.headers).toMatchObject({ authorization: 'Bearer t1' });
  expect(server.received[2]?.headers).toMatchObject({ authorization: 'Bearer t2', 'x-own': '2' });
  expect(server.received[2]?.path).toBe('/api/v1/models');
  const bySession = new Sillage({ baseUrl: server.url, csrfToken: () => 'csrf' });
  await bySession.models();
  await bySession.keys.revoke('k');
  expect(server.received[3]?.headers).not.toHaveProperty('x-csrf-token');
  expect(server.received[4]?.headers).toMatchObject({ 'x-csrf-token': 'csrf' });
});

test('two credentials, or no address, are refused before anything is sent', () => {
  expect(() => new Sillage({ baseUrl: 'http://x', apiKey: 'a', token: 'b' })).toThrow(
    'give one of apiKey, token and csrfToken',
  );
  expect(() => new Sillage({ baseUrl: 'gateway:8080' })).toThrow('must begin with https:// or http://');
  expect(() => new Sillage()).toThrow('baseUrl is needed');
});

test('a refusal for the moment is sent again after Retry-After; nothing else is', async () => {
  await using server = await testServer((response, _request, count) => {
    if (count === 1) sendProblem(response, 503, 'unavailable', {}, { 'retry-after': '0' });
    else if (count === 2) sendProblem(response, 429, 'rate_limited', {}, { 'retry-after': '1' });
    else sendJson(response, 200, models);
  });
  const started = performance.now();
  await to(server.url).models();
  expect(server.received).toHaveLength(3);
  expect(performance.now() - started).toBeGreaterThan(990);
  await using wrong = await testServer((response) => sendProblem(response, 400, 'invalid_input'));
  await expect(to(wrong.url).models()).rejects.toThrow(InvalidRequestError);
  expect(wrong.received).toHaveLength(1);
});

test('a Retry-After beyond the longest is told, not waited for', async () => {
  await using server = await testServer((response) =>
    sendProblem(response, 429, 'rate_limited', {}, { 'retry-after': '3600' }),
  );
  const refused = to(server.url).models();
  await expect(refused).rejects.toThrow(RateLimitError);
  await expect(refused).rejects.toMatchObject({ retryAfterS: 3600 });
  expect(server.received).toHaveLength(1);
});

test('a broken line is tried again for what may be repeated, and for nothing else', async () => {
  await using server = await testServer((response, _request, count) => {
    if (count % 2 === 1) response.destroy();
    else sendJson(response, 201, {});
  });
  const client = to(server.url);
  await client.models().catch(() => {});
  expect(server.received).toHaveLength(2);
  await expect(client.keys.create({ label: 'once' })).rejects.toThrow(ConnectionError);
  expect(server.received).toHaveLength(3);
});

test('a job has the same Idempotency-Key in each attempt, and another for each job', async () => {
  await using server = await testServer((response, _request, count) => {
    if (count === 1) response.destroy();
    else sendJson(response, 202, { id: 'j' });
  });
  const client = to(server.url);
  const body: CreateJobRequest = { kind: 'predict', input: { smiles: ['C'] } };
  await client.jobs.create(body);
  await client.jobs.create(body);
  await client.jobs.create(body, { idempotencyKey: 'mine' });
  const keys = server.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[1]);
  expect(keys[3]).toBe('mine');
});

test('what is not answered in time is a TimeoutError, each attempt with its own time', async () => {
  await using server = await testServer(() => {});
  const slow = to(server.url, { timeoutMs: 30, maxRetries: 1 }).models();
  await expect(slow).rejects.toThrow(TimeoutError);
  await expect(slow).rejects.toThrow('GET http');
  expect(server.received).toHaveLength(2);
});

test('an abort ends the call with the signal’s own reason, also between two attempts', async () => {
  await using server = await testServer((response) =>
    sendProblem(response, 503, 'unavailable', {}, { 'retry-after': '30' }),
  );
  const leaving = new AbortController();
  const call = to(server.url).models({ signal: leaving.signal });
  setTimeout(() => leaving.abort(new RangeError('left')), 50);
  await expect(call).rejects.toThrow(RangeError);
  expect(server.received).toHaveLength(1);
  await expect(to(server.url).models({ signal: leaving.signal })).rejects.toThrow('left');
  expect(server.received).toHaveLength(1);
});

test('nobody there: the error says where and why', async () => {
  const server = await testServer(() => {});
  await server[Symbol.asyncDispose]();
  await expect(to(server.url, { maxRetries: 0 }).models()).rejects.toThrow(
    `GET ${server.url}/api/v1/models: connect ECONNREFUSED`,
  );
});

test('an answer of something else is told as such', async () => {
  await using server = await testServer((response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<p>hello</p>');
  });
  const odd = to(server.url).models();
  await expect(odd).rejects.toThrow(UnexpectedAnswerError);
  await expect(odd).rejects.toThrow('text/html, not JSON; is baseUrl the address of a Sillage gateway?');
});

test('a deprecated route is told once', async () => {
  await using server = await testServer((response) =>
    sendJson(response, 200, models, {
      deprecation: '@1798761600',
      sunset: 'Thu, 01 Jul 2027 00:00:00 GMT',
      link: '</api/v2/models>; rel="successor-version", </docs>; rel="deprecation"; type="text/html"',
    }),
  );
  const told: unknown[] = [];
  const client = to(server.url, { onDeprecation: (notice) => told.push(notice) });
  await client.models();
  await client.models();
  expect(told).toEqual([
    {
      method: 'GET',
      path: '/api/v1/models',
      since: new Date('2027-01-01'),
      sunset: new Date('2027-07-01'),
      successor: '/api/v2/models',
    },
  ]);
});

test('ids are part of the path, whatever is in them', async () => {
  await using server = await testServer((response) => sendProblem(response, 401, 'unauthenticated'));
  await expect(to(server.url).jobs.get('a/b?c')).rejects.toThrow(AuthenticationError);
  expect(server.received[0]?.path).toBe('/api/v1/jobs/a%2Fb%3Fc');
  await expect(to(server.url).jobs.get('')).rejects.toThrow('needs a text for {id}');
});

test('all retries used up: the last refusal is thrown', async () => {
  await using server = await testServer((response) =>
    sendProblem(response, 503, 'overloaded', {}, { 'retry-after': '0' }),
  );
  await expect(to(server.url, { maxRetries: 2 }).predict({ smiles: 'C' })).rejects.toThrow(UnavailableError);
  expect(server.received).toHaveLength(3);
});
