import { expect, test } from '@jest/globals';
import {
  type ApiError,
  AuthenticationError,
  apiErrorOf,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  NotUnderstoodError,
  PermissionError,
  QuotaError,
  RateLimitError,
  ServerError,
  SillageError,
  UnavailableError,
} from './errors.ts';

const answer = (status: number, headers = {}) => ({
  status,
  headers: new Headers(headers),
  path: '/api/v1/x',
});
const problem = (status: number, code: string, more = {}) =>
  apiErrorOf(answer(status), JSON.stringify({ status, code, detail: 'why', requestId: 'r', ...more }));

test.each([
  [400, 'invalid_input', InvalidRequestError],
  [405, 'method_not_allowed', InvalidRequestError],
  [408, 'too_slow', InvalidRequestError],
  [413, 'too_large', InvalidRequestError],
  [415, 'unsupported_media_type', InvalidRequestError],
  [416, 'range_not_satisfiable', InvalidRequestError],
  [422, 'not_understood', NotUnderstoodError],
  [426, 'upgrade_required', InvalidRequestError],
  [431, 'headers_too_large', InvalidRequestError],
  [401, 'unauthenticated', AuthenticationError],
  [403, 'forbidden', PermissionError],
  [404, 'not_found', NotFoundError],
  [409, 'conflict', ConflictError],
  [429, 'rate_limited', RateLimitError],
  [429, 'quota_exceeded', QuotaError],
  [503, 'overloaded', UnavailableError],
  [503, 'unavailable', UnavailableError],
  [504, 'deadline', UnavailableError],
  [500, 'model_failed', ServerError],
  [500, 'internal', ServerError],
  [418, 'of_a_later_version', InvalidRequestError],
])('%d %s is of its family', (status, code, kind) => {
  const error = problem(status, code);
  expect(error).toBeInstanceOf(kind);
  expect(error).toBeInstanceOf(SillageError);
  expect(error).toMatchObject({ status, code, message: 'why', requestId: 'r', name: kind.name });
});

test('the fields of the problem are those of the error', () => {
  const errors = [{ pointer: '/smiles', detail: 'is required' }];
  expect(problem(400, 'invalid_input', { errors }).errors).toEqual(errors);
  expect(problem(403, 'forbidden', { scope: 'admin' })).toHaveProperty('scope', 'admin');
  expect(problem(422, 'not_understood', { suggestions: ['vanilla', 5] })).toHaveProperty('suggestions', [
    'vanilla',
  ]);
  expect(problem(400, 'invalid_input').errors).toEqual([]);
});

test.each([
  ['a page of a proxy', 502, '<h1>Bad gateway</h1>', UnavailableError, 'the answer was HTTP 502'],
  ['the Open Inference Protocol', 404, '{"error":"no model nez"}', NotFoundError, 'no model nez'],
  ['OAuth', 401, '{"error":"invalid_client","error_description":"wrong"}', AuthenticationError, 'wrong'],
  ['nothing', 500, '', ServerError, 'the answer was HTTP 500'],
  ['a list', 400, '[1]', InvalidRequestError, 'the answer was HTTP 400'],
])('what is no problem document is told by its status: %s', (_what, status, body, kind, detail) => {
  const error: ApiError = apiErrorOf(answer(status, { 'x-request-id': 'r-9' }), body);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ detail, code: '', requestId: 'r-9', instance: '/api/v1/x' });
});
