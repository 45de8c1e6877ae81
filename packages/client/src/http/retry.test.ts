import { expect, test } from '@jest/globals';
import { apiErrorOf, ConnectionError, TimeoutError, UnexpectedAnswerError } from '../errors.ts';
import { retryWaitMs } from './retry.ts';

const policy = { maxRetries: 3, maxRetryAfterMs: 60_000 };
const refusal = (status: number, code: string, retryAfter?: string) =>
  apiErrorOf(
    {
      status,
      headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      path: '/',
    },
    JSON.stringify({ code, status, detail: '' }),
    Date.parse('2026-11-21T10:00:00Z'),
  );

test.each([
  [new ConnectionError('')],
  [new TimeoutError('')],
  [refusal(429, 'rate_limited')],
  [refusal(503, 'overloaded')],
  [refusal(503, 'unavailable')],
  [refusal(504, 'deadline')],
  [refusal(502, '')],
  [refusal(408, 'too_slow')],
])('%s may go well another time', (error) => {
  expect(retryWaitMs(error, 0, policy, 0.5)).toBe(250);
});

test.each([
  [new UnexpectedAnswerError('')],
  [new TypeError('')],
  [refusal(400, 'invalid_input')],
  [refusal(401, 'unauthenticated')],
  [refusal(409, 'conflict')],
  [refusal(429, 'quota_exceeded', '1')],
  [refusal(500, 'internal')],
])('%s does not', (error) => {
  expect(retryWaitMs(error, 0, policy, 0.5)).toBeUndefined();
});

test('the wait is drawn from 0 up to a bound that doubles to 8 s, until the retries are used up', () => {
  const lost = new ConnectionError('');
  const endless = { ...policy, maxRetries: 100 };
  expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => retryWaitMs(lost, attempt, endless, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 8000, 8000,
  ]);
  expect(retryWaitMs(lost, 4, endless, 0)).toBe(0);
  expect(retryWaitMs(lost, 3, policy, 1)).toBeUndefined();
});

test('Retry-After holds, as seconds or as a date, and a little more; beyond the longest there is no retry', () => {
  expect(retryWaitMs(refusal(429, 'rate_limited', '2'), 0, policy, 0)).toBe(2000);
  expect(retryWaitMs(refusal(429, 'rate_limited', '2'), 0, policy, 1)).toBe(2200);
  const date = 'Sat, 21 Nov 2026 10:00:05 GMT';
  expect(retryWaitMs(refusal(503, 'unavailable', date), 2, policy, 0)).toBe(5000);
  expect(retryWaitMs(refusal(503, 'unavailable', '61'), 0, policy, 0)).toBeUndefined();
  expect(retryWaitMs(refusal(503, 'unavailable', '0'), 0, policy, 0.5)).toBe(250);
  expect(retryWaitMs(refusal(503, 'unavailable', 'soon'), 0, policy, 0.5)).toBe(250);
});
