import { expect, test } from '@jest/globals';
import { judge } from './retry-policy.ts';

test('waits double from half a second to half a minute, spread over their upper half', () => {
  const delays = [0, 1, 2, 3, 10].map((failures) => judge({ code: 'unavailable' }, failures, 1));
  expect(delays).toEqual([500, 1000, 2000, 4000, 30_000].map((delayMs) => ({ kind: 'retry', delayMs })));
  expect(judge({ code: 'unavailable' }, 1, 0)).toEqual({ kind: 'retry', delayMs: 500 });
});

test('the peer may ask for a longer wait', () => {
  expect(judge({ code: 'overloaded', retryAfterS: 5 }, 0, 0)).toEqual({ kind: 'retry', delayMs: 5000 });
});

test.each(['invalid_input', 'not_understood', 'too_large', 'not_found'] as const)(
  '%s is final at once',
  (code) => {
    expect(judge({ code }, 0, 0)).toEqual({ kind: 'dead' });
  },
);

test('patience has an end, sooner where the fault is ours', () => {
  expect(judge({ code: 'unavailable' }, 19, 0).kind).toBe('retry');
  expect(judge({ code: 'unavailable' }, 20, 0).kind).toBe('dead');
  expect(judge({ code: 'model_failed' }, 1, 0).kind).toBe('retry');
  expect(judge({ code: 'model_failed' }, 2, 0).kind).toBe('dead');
});
